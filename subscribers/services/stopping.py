"""Leave a mailbox alone for ever, as whoever reads it asks.

All that is known of it here is its key, which knows the mailbox again and tells no address.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from subscribers.models import EndedReason, Subscription, Suppression, SuppressionReason
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end_all


@transaction.atomic
def stop(mailbox_key: str, *, shown: Shown) -> None:
    """Never email the mailbox of `mailbox_key` again; all its subscriptions end."""
    Suppression.objects.update_or_create(
        mailbox_key=mailbox_key, defaults={"reason": SuppressionReason.ASKED}
    )
    mine = Subscription.objects.filter(subscriber__mailbox_key=mailbox_key)
    ids = list(mine.values_list("pk", flat=True))
    end_all(ids, reason=EndedReason.UNSUBSCRIBED, shown=shown)


def allow(mailbox_key: str) -> None:
    """Take that back. What ended stays so until its reader signs up again."""
    _asked(mailbox_key).delete()


def is_stopped(mailbox_key: str) -> bool:
    """Whether the mailbox is left alone because its reader asked for that."""
    return _asked(mailbox_key).exists()


def _asked(mailbox_key: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(mailbox_key=mailbox_key, reason=SuppressionReason.ASKED)
