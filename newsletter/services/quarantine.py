"""Batches that stop every worker that takes them up."""

from __future__ import annotations

from newsletter.models import Batch, BatchState, Delivery, DeliveryState, Reason
from newsletter.models.clock import Now

#: How often a batch is taken up without being carried through before it is looked into.
MOST_CLAIMS = 3

POISONED = (DeliveryState.FAILED, Reason.POISON)
MAY_HAVE_LEFT = (DeliveryState.UNKNOWN, Reason.WORKER_LOST)


def isolate(batch: Batch) -> None:
    """Cut `batch` into single deliveries, to find the one to blame; give up a single one.

    To be called inside the transaction that would have claimed it.
    """
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED)
    ids = list(planned.values_list("pk", flat=True))
    if len(ids) == 1:
        state, reason = POISONED if batch.first_handed_at is None else MAY_HAVE_LEFT
        planned.update(state=state, reason=reason, settled_at=Now())
    else:
        _cut(batch, ids)
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.SETTLED, token=None, lease_until=None, settled_at=Now()
    )


def _cut(batch: Batch, ids: list[int]) -> None:
    singles = Batch.objects.bulk_create(
        Batch(
            mailing_id=batch.mailing_id,
            edition_id=batch.edition_id,
            group_id=batch.group_id,
            due_at=batch.due_at,
            transport=batch.transport,
            first_handed_at=batch.first_handed_at,
        )
        for _id in ids
    )
    Delivery.objects.bulk_update(
        (Delivery(pk=pk, batch=single) for pk, single in zip(ids, singles, strict=True)),
        ["batch"],
        batch_size=200,
    )
