"""Batches that their worker does not carry through: for somebody else, or for nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from newsletter.models import Batch, BatchState, Delivery, DeliveryState, Mailing, Reason
from newsletter.models.clock import Now
from newsletter.queries import REACHED


def release(batches: QuerySet[Batch]) -> None:
    """Let somebody else try `batches`, of which nothing has left."""
    batches.update(state=BatchState.PENDING, token=None, lease_until=None)


def close(batches: QuerySet[Batch], state: DeliveryState, reason: Reason) -> None:
    """Let nobody try `batches` any more; what is planned of them comes into `state`."""
    with transaction.atomic():
        ids = list(
            batches.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
        )
        Delivery.objects.filter(batch__in=ids, state=DeliveryState.PLANNED).update(
            state=state, reason=reason, settled_at=Now()
        )
        Batch.objects.filter(pk__in=ids).update(state=BatchState.SETTLED, settled_at=Now())
        if state in REACHED:
            note_reached(Batch.objects.filter(pk__in=ids).values("mailing"))


def note_reached(mailings: Iterable[int] | QuerySet[Any]) -> None:
    """Somebody has, or may have, an email of `mailings` (ids) from now on."""
    Mailing.objects.filter(pk__in=mailings, reached_at=None).update(reached_at=Now())
