"""Batches that stop every worker that takes them up."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from newsletter.ledger.building import split
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
)
from newsletter.models.clock import Now

#: How often a batch is taken up without being carried through before it is looked into.
MOST_CLAIMS = 3

POISONED = (DeliveryState.FAILED, Reason.POISON)
MAY_HAVE_LEFT = (DeliveryState.UNKNOWN, Reason.WORKER_LOST)


def isolate(batch: Batch) -> None:
    """Split `batch` into single deliveries, to find the one to blame; give up a single one.

    Where it is none of theirs, for nothing gets through, the mailing is paused and none is
    given up. To be called inside the transaction that would have claimed it.
    """
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED)
    ids = list(planned.values_list("pk", flat=True))
    if len(ids) == 1 and _is_the_mail(batch):
        _blame_nobody(batch)
        return
    if len(ids) == 1:
        state, reason = POISONED if batch.first_handed_at is None else MAY_HAVE_LEFT
        planned.update(state=state, reason=reason, settled_at=Now())
    else:
        split(batch, ids)
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.SETTLED, token=None, lease_until=None, settled_at=Now()
    )


def _is_the_mail(batch: Batch) -> bool:
    """Whether another of its edition, or of its mailing, was given up and not one was accepted."""
    mailing = Delivery.objects.filter(mailing=batch.mailing_id)
    return any(
        alike.filter(reason=Reason.POISON).exists()
        and not alike.filter(state=DeliveryState.ACCEPTED).exists()
        for alike in (mailing.filter(edition=batch.edition_id), mailing)
    )


def _blame_nobody(batch: Batch) -> None:
    """Pause the mailing of `batch`, and let what was given up of it wait like the rest."""
    blamed = Delivery.objects.filter(mailing=batch.mailing_id, reason=Reason.POISON)
    settled = Batch.objects.filter(pk__in=list(blamed.values_list("batch", flat=True)))
    settled.update(state=BatchState.PENDING, settled_at=None)
    blamed.update(state=DeliveryState.PLANNED, reason="", settled_at=None)
    # Once it is mended, whatever was taken up in vain is as good as the rest.
    waiting = Batch.objects.filter(mailing=batch.mailing_id, state=BatchState.PENDING)
    waiting.exclude(claims=0).update(claims=0)
    Mailing.objects.filter(pk=batch.mailing_id).move(
        MailingState.PAUSED,
        trouble=gettext_noop(
            "Whatever takes up an email of this mailing stops, and none got through. "
            "The log says why."
        ),
    )
