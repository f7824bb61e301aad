"""The counts of an old mailing, written down for good ahead of its deliveries being deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from newsletter.models import Batch, BatchState, Delivery, Mailing, MailingState, Tally
from newsletter.models.mailings import ON_ITS_WAY

#: States in which nothing more happens to a mailing.
OVER = (MailingState.FINISHED, MailingState.CANCELLED)
#: What a page can count deliveries by.
ALIKE = ("interest_set", "edition", "state", "reason", "outcome", "resends")


@transaction.atomic
def tally_next(*, frozen_before: datetime) -> int:
    """Tally the oldest mailing that was frozen before that moment and can be; how many were.

    From then on its counts are made of its tallies, and its deliveries may go.
    """
    old = _tallyable().filter(frozen_at__lt=frozen_before).order_by("frozen_at", "pk")
    mailing = old.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    if mailing is None:
        return 0
    alike = Delivery.objects.filter(mailing=mailing).order_by().values(*ALIKE)
    Tally.objects.bulk_create(
        Tally(
            mailing=mailing,
            interest_set_id=row.pop("interest_set"),
            edition_id=row.pop("edition"),
            **row,
        )
        for row in alike.annotate(number=Count("pk"))
    )
    Mailing.objects.filter(pk=mailing.pk).update(tallied_at=timezone.now())
    return 1


def _tallyable() -> QuerySet[Mailing]:
    """Mailings that are over with nothing left to settle, and no other of their issue goes on."""
    unsettled = Batch.objects.filter(mailing=OuterRef("pk")).exclude(state=BatchState.SETTLED)
    others = Mailing.objects.filter(issue=OuterRef("issue"), state__in=ON_ITS_WAY)
    return Mailing.objects.filter(
        ~Exists(unsettled), ~Exists(others), state__in=OVER, tallied_at=None
    )
