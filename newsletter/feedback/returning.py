"""Mailboxes that keep sending our mail back, though nobody says that they do not exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings

from newsletter.models import Delivery, DeliveryOutcome
from newsletter.models.clock import Now
from subscribers.models import SuppressionReason
from subscribers.services.suppressing import Found, suppress_all

#: From the first to the last of them: a full mailbox is emptied after a holiday.
LONG_ENOUGH = timedelta(days=14)


def suppress_returned(mailboxes: Collection[str]) -> None:
    """Suppress those that returned SOFT_BOUNCES emails within SOFT_BOUNCE_DAYS, and took none.

    A mail that was delivered in between begins the count again.
    """
    returned = _returned_since_the_last_that_arrived(mailboxes)
    suppress_all(
        Found(mailbox, SuppressionReason.RETURNED)
        for mailbox, moments in returned.items()
        if len(moments) >= settings.SOFT_BOUNCES and moments[-1] - moments[0] >= LONG_ENOUGH
    )


def _returned_since_the_last_that_arrived(
    mailboxes: Collection[str],
) -> dict[str, list[datetime]]:
    """By mailbox, when each mail came back that none has followed which was delivered."""
    if not mailboxes:
        return {}
    outcomes = Delivery.objects.filter(
        # By way of the subscriber, whose mailbox has an index.
        subscriber__mailbox__in=mailboxes,
        outcome__in=(DeliveryOutcome.BOUNCED_SOFT, DeliveryOutcome.DELIVERED),
        outcome_at__gt=Now() - timedelta(days=settings.SOFT_BOUNCE_DAYS),
    )
    returned: dict[str, list[datetime]] = defaultdict(list)
    rows = outcomes.order_by("outcome_at").values_list("mailbox", "outcome", "outcome_at")
    for mailbox, outcome, at in rows:
        if outcome == DeliveryOutcome.DELIVERED:
            returned[mailbox].clear()
        elif at is not None:
            returned[mailbox].append(at)
    return returned
