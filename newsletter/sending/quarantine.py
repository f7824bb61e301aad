"""Batches that stop every worker that takes them up."""

from __future__ import annotations

from newsletter.ledger import batches, deliveries, mailings
from newsletter.ledger.building import split
from newsletter.ledger.history import this_worker
from newsletter.models import (
    Batch,
    BatchState,
    BatchTransition,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingTransition,
    Reason,
    Trouble,
)
from newsletter.transports import keys_are_of_calls
from subscribers.channels import channels

#: How often a batch is taken up without being carried through before it is looked into.
MOST_CLAIMS = 3

POISONED = (DeliveryTransition.GIVE_UP, Reason.POISON)
MAY_HAVE_LEFT = (DeliveryTransition.DOUBT, Reason.WORKER_LOST)


def isolate(batch: Batch) -> None:
    """Split `batch` into single deliveries, to find the one to blame; give up a single one.

    What stands or falls together, and may have left already, stays unknown.

    Where it is none of theirs, for nothing gets through, the mailing is paused and none is
    given up. To be called inside the transaction that would have claimed it.
    """
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED)
    ids = list(planned.values_list("pk", flat=True))
    if len(ids) == 1 and _is_the_mail(planned.get()):
        _blame_nobody(batch)
        return
    if _stands_together(batch):
        deliveries.transition(planned, DeliveryTransition.DOUBT, reason=Reason.WORKER_LOST)
    elif len(ids) == 1:
        name, reason = POISONED if batch.first_handed_at is None else MAY_HAVE_LEFT
        deliveries.transition(planned, name, reason=reason)
    else:
        split(batch, ids)
    batches.transition(Batch.objects.filter(pk=batch.pk), BatchTransition.QUARANTINE)


def _stands_together(batch: Batch) -> bool:
    """Whether `batch` may have left already, by a call that its parts would not be."""
    channel = channels().get(batch.channel)
    asked_about = batch.first_handed_at is not None
    return asked_about and channel is not None and keys_are_of_calls(channel)


def _is_the_mail(delivery: Delivery) -> bool:
    """Whether another of its edition, or of its mailing, was given up and not one was accepted."""
    mailing = Delivery.objects.filter(mailing=delivery.mailing_id)
    return any(
        alike.filter(reason=Reason.POISON).exists()
        and not alike.filter(state=DeliveryState.ACCEPTED).exists()
        for alike in (mailing.filter(edition=delivery.edition_id), mailing)
    )


def _blame_nobody(batch: Batch) -> None:
    """Pause the mailing of `batch`, and let what was given up of it wait like the rest."""
    blamed = Delivery.objects.filter(mailing=batch.mailing_id, reason=Reason.POISON)
    settled = Batch.objects.filter(pk__in=list(blamed.values_list("batch", flat=True)))
    batches.transition(settled, BatchTransition.RESTORE)
    deliveries.transition(blamed, DeliveryTransition.ABSOLVE)
    # Once it is mended, whatever was taken up in vain is as good as the rest.
    waiting = Batch.objects.filter(mailing=batch.mailing_id, state=BatchState.PENDING)
    waiting.exclude(claims=0).update(claims=0)
    mailings.transition(
        Mailing.objects.filter(pk=batch.mailing_id),
        MailingTransition.STOP,
        by=this_worker(),
        why=Trouble.CRASHES,
    )
