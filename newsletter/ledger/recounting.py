"""The readers of a mailing by region and by edition, counted again once some of them moved.

A reader has many regions: to keep these counts with every batch would cost the sender a tenth.
They are made in one statement each, a moment after the freeze, seldom while it is sent, and at its
end (:func:`newsletter.ledger.tallying.recount_in_a_while`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from newsletter.ledger.tallying import tally
from newsletter.models import (
    Batch,
    BatchState,
    DeliveryState,
    Edition,
    IssueKind,
    Mailing,
    MailingState,
    RegionTally,
)
from newsletter.models.clock import Now
from newsletter.models.mailings import ON_ITS_WAY
from subscribers.models import Level

#: How many editions of a mailing have their readers counted: those with most.
MOST_EDITIONS = 25

#: States in which nothing more happens to a mailing.
OVER = (MailingState.FINISHED, MailingState.CANCELLED)

#: When another worker tries, if this one stops in the middle.
_TRY_AGAIN = timedelta(hours=1)

# Readers who chose the same are counted once. It runs on PostgreSQL and SQLite alike.
BY_REGION = """
INSERT INTO newsletter_regiontally (mailing_id, region_id, planned, accepted)
SELECT d.mailing_id, c.region_id, SUM(d.planned), SUM(d.accepted)
FROM (
    SELECT mailing_id, interest_set_id, COUNT(*) AS planned,
           SUM(CASE WHEN state = 'accepted' THEN 1 ELSE 0 END) AS accepted
    FROM newsletter_delivery
    WHERE mailing_id = %s AND state <> 'excluded'
    GROUP BY mailing_id, interest_set_id
) d
JOIN subscribers_chosenregion c ON c.interest_set_id = d.interest_set_id AND c.level IN ({levels})
GROUP BY d.mailing_id, c.region_id
"""


def recount() -> None:
    """Count the readers of all mailings of which that is due."""
    due = Mailing.objects.filter(recount_at__lte=Now()).select_related("issue")
    for mailing in due:
        if claimed := _claim(mailing):
            recount_readers(mailing)
            # Unless some moved meanwhile.
            Mailing.objects.filter(pk=mailing.pk, recount_at=claimed).update(recount_at=None)


def _claim(mailing: Mailing) -> datetime | None:
    until = timezone.now() + _TRY_AGAIN
    itself = Mailing.objects.filter(pk=mailing.pk, recount_at__lte=Now())
    return until if itself.update(recount_at=until) else None


@transaction.atomic
def recount_readers(mailing: Mailing) -> None:
    """Count the readers of `mailing`, whose deliveries are all there, by region and edition."""
    RegionTally.objects.filter(mailing=mailing).delete()
    levels = _levels(mailing)
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(levels))
        cursor.execute(BY_REGION.format(levels=marks), [mailing.pk, *levels])
    most = _by_edition(mailing)
    Edition.objects.filter(mailing=mailing, readers__isnull=False).update(readers=None)
    Edition.objects.bulk_update((Edition(pk=pk, readers=n) for pk, n in most), ["readers"])


def _by_edition(mailing: Mailing) -> QuerySet[Any]:
    assigned = mailing.deliveries.exclude(state=DeliveryState.EXCLUDED).order_by()
    by_edition = assigned.filter(edition__isnull=False).values_list("edition")
    return by_edition.annotate(number=Count("pk")).order_by("-number", "edition")[:MOST_EDITIONS]


def _levels(mailing: Mailing) -> list[str]:
    """At which a region counts: a correction is for whoever has what was wrong."""
    return sorted(Level if mailing.is_correction else IssueKind(mailing.issue.kind).levels)


@transaction.atomic
def tally_next(*, frozen_before: datetime) -> int:
    """Tally for good the oldest mailing that was frozen before that moment and can be.

    From then on its deliveries may go. How many mailings that were: one or none.
    """
    old = _tallyable().filter(frozen_at__lt=frozen_before).order_by("frozen_at", "pk")
    mailing = old.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    if mailing is None:
        return 0
    tally(mailing)
    recount_readers(mailing)
    now = timezone.now()
    Mailing.objects.filter(pk=mailing.pk).update(tallied_at=now, recount_at=None)
    return 1


def _tallyable() -> QuerySet[Mailing]:
    """Mailings that are over with nothing left to settle, and no other of their issue goes on."""
    unsettled = Batch.objects.filter(mailing=OuterRef("pk")).exclude(state=BatchState.SETTLED)
    others = Mailing.objects.filter(issue=OuterRef("issue"), state__in=ON_ITS_WAY)
    return Mailing.objects.filter(
        ~Exists(unsettled), ~Exists(others), state__in=OVER, left_to_freeze=0, tallied_at=None
    )
