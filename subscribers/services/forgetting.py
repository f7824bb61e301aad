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


def forget() -> None:
    """Delete all that is of no use any more."""
    limiting.forget()
    for old in _old():
        old.delete()


def _old() -> list[QuerySet[Any]]:
    now = timezone.now()
    never_answered = Q(subscription=None, requested_at__lte=now - LIFETIMES[Purpose.CONFIRM])
    requests = SignUpRequest.objects.filter(Q(expires_at__lte=now) | never_answered)
    return [requests, changing.outlived(), stamping.outlived(), signing_in.old_tries()]
