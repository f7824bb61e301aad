"""Emails that are owed once more: those that may not have left, and those that stayed after all.

What is unknown is sent again, once, by the policy of its mailing or because a person says so.

The journal of a worker may be read, or a slow worker may report, when its mailing is over: what
was taken for unknown has then certainly not left. Its readers are owed it by that mailing, which
is reopened, for any other mailing of the issue leaves out readers who may have had it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from newsletter.errors import LookAgain
from newsletter.ledger import deliveries, mailings
from newsletter.ledger.building import build_like
from newsletter.ledger.history import Actor, person, this_worker
from newsletter.models import (
    Batch,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
    Trouble,
    UnknownPolicy,
)
from newsletter.models.clock import Now
from newsletter.models.deliveries import DOUBTFUL
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.queries import owing

#: How long evidence is waited for before an unknown delivery is sent again by policy.
EVIDENCE_WINDOW = timedelta(minutes=30)

#: How many deliveries are sent again together, and what they have of the batch they were in.
IN_A_BATCH = 500
OF_BATCH = ("group_id", "channel", "transport", "is_urgent")


def resend_by_policy() -> None:
    """Send again, once, what stayed unknown in mailings whose policy says so."""
    waited_for = unresolved().filter(
        mailing__state=MailingState.SENDING,
        mailing__unknown_policy=UnknownPolicy.RESEND_ONCE,
        mailing__not_after__gt=Now(),
        settled_at__lte=Now() - EVIDENCE_WINDOW,
    )
    with transaction.atomic():
        _plan_again(waited_for)


def resend_unknown(mailing: Mailing, *, by: User | str | None = None) -> int:
    """Send again, once, what is unknown in `mailing`, because a person says so; how many.

    Readers who did get the first copy get a second one.

    Raises:
        LookAgain: nothing of it is left to be sent again, or the mailing is neither being
            sent nor finished, or another mailing of its issue is on its way.
    """
    with transaction.atomic():
        number = _plan_again(unresolved().filter(mailing=mailing, mailing__not_after__gt=Now()))
        if not number or not _go_on(mailing, number, person(by)):
            raise LookAgain(_why_not(mailing))
    return number


def _go_on(mailing: Mailing, number: int, by: Actor) -> bool:
    about = {"number": number}
    running = Mailing.objects.filter(pk=mailing.pk)
    resent = mailings.transition(running, MailingTransition.RESEND, by=by, about=about)
    return bool(resent) or reopen(mailing, by=by, about=about)


def _why_not(mailing: Mailing) -> str:
    others = Mailing.objects.filter(issue=mailing.issue_id, state__in=ON_ITS_WAY)
    if others.exclude(pk=mailing.pk).exists():
        return _("Another mailing of this issue is on its way. Wait until it is over.")
    return _("Nothing in this mailing can be resent.")


def unresolved() -> QuerySet[Delivery]:
    """Unknown deliveries that were not sent again yet."""
    return Delivery.objects.filter(state=DeliveryState.UNKNOWN, reason__in=DOUBTFUL, resends=0)


def _plan_again(unknown: QuerySet[Delivery]) -> int:
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    rows = unknown.filter(edition__isnull=False).order_by("edition", "pk")
    rows = rows.select_for_update(of=("self",), skip_locked=True)
    of_batch = (f"batch__{column}" for column in OF_BATCH)
    for pk, *values in rows.values_list("pk", "mailing_id", *of_batch):
        alike[tuple(values)].append(pk)
    for values, ids in alike.items():
        columns = dict(zip(("mailing_id", *OF_BATCH), values, strict=True))
        for start in range(0, len(ids), IN_A_BATCH):
            batch = build_like(Batch(**columns), due_at=Now())
            again = Delivery.objects.filter(pk__in=ids[start : start + IN_A_BATCH])
            deliveries.transition(again, DeliveryTransition.RESEND, resends=1, batch=batch)
    return sum(map(len, alike.values()))


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
        mailing__kind=mailing.kind,
        state__in=(DeliveryState.ACCEPTED, DeliveryState.UNKNOWN),
    ).exclude(mailing=mailing.pk)
    if mailing.is_correction:
        elsewhere = elsewhere.filter(mailing__correction=mailing.correction_id)
    planned: QuerySet[Delivery] = mailing.deliveries.filter(state=DeliveryState.PLANNED)
    served = planned.filter(Exists(elsewhere))
    deliveries.transition(served, DeliveryTransition.SKIP, reason=Reason.ALREADY_SENT)
