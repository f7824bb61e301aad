"""When a mailing begins: held a moment ahead, released, or set aside because it is too late."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from newsletter.ledger import mailings
from newsletter.ledger.history import SCHEDULE
from newsletter.models import Mailing, MailingState, MailingTransition, Trouble
from newsletter.models.clock import Now
from newsletter.queries import LONGEST_LEAD
from subscribers.models import Publication, SubscriptionStatus

#: How late a mailing may start without being asked for again.
GRACE = timedelta(hours=2)

#: Readers that a freeze surely manages in a second: it starts so much ahead of its moment.
FROZEN_A_SECOND = 40_000


def set_overdue_aside() -> None:
    """Let mailings whose time passed while nobody was at work wait for a person."""
    missed = Mailing.objects.filter(scheduled_at__lte=Now() - GRACE)
    mailings.transition(missed, MailingTransition.MISS, by=SCHEDULE, why=Trouble.MISSED)


def hold_due() -> None:
    """Hold mailings until it is time to freeze them, so that the first mail leaves on time."""
    soon = Mailing.objects.filter(
        state=MailingState.SCHEDULED, scheduled_at__lte=Now() + LONGEST_LEAD
    )
    for mailing in soon.select_related("issue__publication"):
        publication = mailing.issue.publication
        lead = lead_of(publication)
        release_at = Greatest(F("scheduled_at") + mailing.issue.undo_time - lead, Now())
        due = soon.filter(pk=mailing.pk, scheduled_at__lte=Now() + lead)
        mailings.transition(due, MailingTransition.HOLD, by=SCHEDULE, release_at=release_at)


def lead_of(publication: Publication) -> timedelta:
    """How long ahead of its moment a mailing to the readers of `publication` is frozen."""
    active = publication.subscriptions.filter(status=SubscriptionStatus.ACTIVE).count()
    return min(timedelta(seconds=1 + active / FROZEN_A_SECOND), LONGEST_LEAD)
