"""Leave a mailbox alone for ever, as the person who reads it asks.

All that a link knows of it is its key, which knows the mailbox again and tells no address.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from subscribers.addresses import mask
from subscribers.models import (
    Change,
    EndedReason,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.services.consenting import Shown
from subscribers.services.suppressing import THEIR_WILL
from subscribers.services.unsubscribing import end_all


@transaction.atomic
def stop(mailbox_key: str, *, shown: Shown) -> None:
    """Never email the mailbox of `mailbox_key` again; all its subscriptions end.

    One that is left alone already for a complaint stays so for that: a link does not undo it.
    """
    asked = {"reason": SuppressionReason.ASKED}
    known, _is_new = Suppression.objects.get_or_create(mailbox_key=mailbox_key, defaults=asked)
    if known.reason != SuppressionReason.COMPLAINED:
        _of(mailbox_key).update(**asked)
    mine = Subscription.objects.filter(subscriber__mailbox_key=mailbox_key)
    ids = list(mine.values_list("pk", flat=True))
    end_all(ids, reason=EndedReason.UNSUBSCRIBED, shown=shown)
    # No link to undo something from before brings anyone back.
    Change.objects.filter(subscription__in=ids).delete()


def allow(mailbox_key: str) -> None:
    """Take that back. What ended stays so until its reader signs up again."""
    _of(mailbox_key).filter(reason=SuppressionReason.ASKED).delete()


def stopped_for(mailbox_key: str) -> str:
    """Why the mailbox is left alone, if it is so because its reader wants it."""
    known = _of(mailbox_key).filter(reason__in=THEIR_WILL).first()
    return known.reason if known else ""


def address_of(mailbox_key: str) -> str:
    """The address of `mailbox_key`, masked for whoever has the link; empty once it is erased."""
    known = Subscriber.objects.filter(mailbox_key=mailbox_key).values_list("address", flat=True)
    address = known.first()
    return mask(address) if address else ""


def _of(mailbox_key: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(mailbox_key=mailbox_key)
