"""Finished mailings that owe mail again, because somebody knew better after all.

The journal of a worker may be read, or a slow worker may report, when its mailing is over: what
was taken for unknown has then certainly not left. Its readers are owed it by that mailing, for
any other mailing of the issue leaves out readers who may have had it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from newsletter.ledger import deliveries, mailings
from newsletter.ledger.history import Actor, this_worker
from newsletter.models import (
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingTransition,
    Reason,
    Trouble,
)
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.queries import owing


def reopen_owing() -> None:
    """Let finished mailings send what they owe again; those that must wait say so."""
    for mailing in owing():
        if not reopen(mailing, by=this_worker()):
            waiting = Mailing.objects.filter(pk=mailing.pk).exclude(trouble=Trouble.OTHER_MAILING)
            mailings.transition(
                waiting, MailingTransition.WAIT, by=this_worker(), why=Trouble.OTHER_MAILING
            )


def reopen(mailing: Mailing, *, by: Actor, about: Mapping[str, object] | None = None) -> bool:
    """Go on with finished `mailing`; False if it is not, or another of its issue is on its way.

    Who got the issue from that other one meanwhile, or may have got it, is skipped.
    """
    finished = Mailing.objects.filter(pk=mailing.pk)
    try:
        with transaction.atomic():
            reopened = mailings.transition(
                finished.exclude(issue__mailings__state__in=ON_ITS_WAY),
                MailingTransition.REOPEN,
                by=by,
                about=about,
                finished_at=None,
            )
            if reopened:
                _skip_served(mailing)
    except IntegrityError:
        return False  # another one was sent on its way at this very moment
    return bool(reopened)


def _skip_served(mailing: Mailing) -> None:
    elsewhere = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"),
        mailing__issue=mailing.issue_id,
        state__in=(DeliveryState.ACCEPTED, DeliveryState.UNKNOWN),
    ).exclude(mailing=mailing.pk)
    planned: QuerySet[Delivery] = mailing.deliveries.filter(state=DeliveryState.PLANNED)
    served = planned.filter(Exists(elsewhere))
    deliveries.transition(served, DeliveryTransition.SKIP, reason=Reason.ALREADY_SENT)
