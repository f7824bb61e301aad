"""Finished mailings that owe mail again, because somebody knew better after all.

The journal of a worker may be read, or a slow worker may report, when its mailing is over: what
was taken for unknown has then certainly not left. Its readers are owed it by that mailing, for
any other mailing of the issue leaves out readers who may have had it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop

from newsletter.models import Delivery, DeliveryState, Mailing, MailingState, Reason
from newsletter.models.clock import Now
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.queries import owing


def reopen_owing() -> None:
    """Let finished mailings send what they owe again; those that must wait say so."""
    for mailing in owing():
        if not reopen(mailing):
            waiting = Mailing.objects.filter(pk=mailing.pk, state=MailingState.FINISHED, trouble="")
            waiting.update(
                trouble=gettext_noop(
                    "Some emails wait until the other mailing of this issue is over."
                )
            )


def reopen(mailing: Mailing) -> bool:
    """Go on with finished `mailing`; False if it is not, or another of its issue is on its way.

    Who got the issue from that other one meanwhile, or may have got it, is skipped.
    """
    finished = Mailing.objects.filter(pk=mailing.pk, state=MailingState.FINISHED)
    try:
        with transaction.atomic():
            moved = finished.exclude(issue__mailings__state__in=ON_ITS_WAY).move(
                MailingState.SENDING, finished_at=None, trouble=""
            )
            if moved:
                _skip_served(mailing)
    except IntegrityError:
        return False  # another one was sent on its way at this very moment
    return bool(moved)


def _skip_served(mailing: Mailing) -> None:
    elsewhere = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"),
        mailing__issue=mailing.issue_id,
        state__in=(DeliveryState.ACCEPTED, DeliveryState.UNKNOWN),
    ).exclude(mailing=mailing.pk)
    planned: QuerySet[Delivery] = mailing.deliveries.filter(state=DeliveryState.PLANNED)
    planned.filter(Exists(elsewhere)).update(
        state=DeliveryState.SKIPPED, reason=Reason.ALREADY_SENT, settled_at=Now()
    )
