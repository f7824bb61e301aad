"""Delete what signing up, and signing in, keeps for a while only."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from subscribers.models import SignUpRequest
from subscribers.services import changing, limiting, signing_in, stamping
from subscribers.tokens import LIFETIMES, Purpose


def something_to_forget() -> bool:
    """Whether something is kept that is of no use any more."""
    return limiting.something_to_forget() or any(old.exists() for old in _old())


def forget(limit: int = 1000) -> None:
    """Delete what is of no use any more, up to `limit` rows of a table."""
    limiting.forget(limit)
    for old in _old():
        some = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
        old.filter(pk__in=some).delete()


def _old() -> list[QuerySet[Any]]:
    now = timezone.now()
    never_answered = Q(subscription=None, requested_at__lte=now - LIFETIMES[Purpose.CONFIRM])
    requests = SignUpRequest.objects.filter(Q(expires_at__lte=now) | never_answered)
    return [requests, changing.outlived(), stamping.outlived(), signing_in.old_tries()]
