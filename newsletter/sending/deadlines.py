"""Mailings whose time ran out before all was sent: a person says what becomes of the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.errors import LookAgain
from newsletter.ledger import mailings
from newsletter.ledger.batches import close
from newsletter.ledger.history import SCHEDULE, person
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
)
from newsletter.models.clock import Now
from newsletter.queries import counts_of, number_of
from newsletter.rendering.words import number
from newsletter.sending import lanes

#: How long after its time a mailing may still send.
LIFETIME = timedelta(hours=24)
#: The same where only so much may leave a day.
LIFETIME_IN_PARTS = timedelta(days=7)

#: In these states a mailing whose time ran out waits for a person.
WAITING = (MailingState.OVERDUE, MailingState.PAUSED)


def lifetime(mailing: Mailing) -> timedelta:
    """How long after its moment `mailing` may still send."""
    channel = mailing.issue.publication.channel
    return LIFETIME_IN_PARTS if lanes.has_daily_limits(channel) else LIFETIME


def hold_late() -> None:
    """Let mailings whose time ran out wait for a person, once nobody is at work on them.

    What was to be asked about once more stays unknown: nobody is owed it.
    """
    late = Mailing.objects.filter(state=MailingState.SENDING, not_after__lte=Now())
    if not late.exists():
        return
    planned = Delivery.objects.filter(batch=OuterRef("pk"), state=DeliveryState.PLANNED)
    pending = Batch.objects.filter(mailing__in=late, state=BatchState.PENDING)
    close(pending.filter(Q(first_handed_at__isnull=False) | ~Exists(planned)), Reason.EXPIRED)
    of_mailing = Batch.objects.filter(mailing=OuterRef("pk"))
    held = of_mailing.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED))
    left = Q(Exists(of_mailing.filter(state=BatchState.PENDING))) | Q(left_to_freeze__gt=0)
    nobody_at_work = late.filter(left, ~Exists(held))
    mailings.transition(nobody_at_work, MailingTransition.RUN_OUT, by=SCHEDULE)


def late_mailings() -> QuerySet[Mailing]:
    """Those that would have sent more but for their time, and were not paused by anybody.

    Each has the number of its emails that are not sent, as `unsent`.
    """
    stopped = Q(state__in=(MailingState.OVERDUE, MailingState.SENDING), not_after__lte=Now())
    late = Mailing.objects.filter(stopped, frozen_at__isnull=False).select_related("issue")
    unsent = number_of(DeliveryState.PLANNED) + F("left_to_freeze")
    return late.annotate(unsent=unsent).filter(unsent__gt=0)


def unsent_of(mailing: Mailing) -> int:
    """How many emails of `mailing` are not sent though its time ran out; 0 while it has time.

    Of those whose readers still have to be worked out, some may turn out not to be owed.
    """
    if mailing.frozen_at is None or mailing.not_after > timezone.now():
        return 0
    counts = counts_of(mailing)
    return counts.pending + counts.left_to_freeze


def time_ran_out(unsent: int) -> str:
    """What there is to decide, in a sentence or two."""
    text = ngettext(
        "Time ran out with %(number)s email not sent. Send it after all, or leave it out.",
        "Time ran out with %(number)s emails not sent. Send them after all, or leave them out.",
        unsent,
    )
    return text % {"number": number(unsent)}


def send_after_all(mailing: Mailing, *, by: User | str | None = None) -> int:
    """Give `mailing`, whose time ran out, as much of it again; how many are sent now.

    Raises:
        LookAgain: it does not wait for that.
    """
    mailing.refresh_from_db()
    unsent = unsent_of(mailing)
    given = mailings.transition(
        _late(mailing),
        MailingTransition.EXTEND,
        by=person(by),
        about={"number": unsent},
        not_after=timezone.now() + lifetime(mailing),
    )
    if not given:
        _refuse(mailing)
    mailing.refresh_from_db()
    return unsent


def leave_out(mailing: Mailing, *, by: User | str | None = None) -> int:
    """Send no more of `mailing`, whose time ran out, and let it finish; how many go without.

    Raises:
        LookAgain: it does not wait for that, or who gets what of it is still being worked out.
    """
    mailing.refresh_from_db()
    unsent = unsent_of(mailing)
    if mailing.left_to_freeze:
        raise LookAgain(
            _("Who gets what is still being worked out. Try again in a minute, or cancel.")
        )
    with transaction.atomic():
        late, about = _late(mailing).filter(left_to_freeze=0), {"number": unsent}
        if not mailings.transition(late, MailingTransition.LEAVE_OUT, by=person(by), about=about):
            _refuse(mailing)
        close(Batch.objects.filter(mailing=mailing.pk, state=BatchState.PENDING), Reason.EXPIRED)
    mailing.refresh_from_db()
    return unsent


def _late(mailing: Mailing) -> QuerySet[Mailing]:
    frozen = Mailing.objects.filter(pk=mailing.pk, frozen_at__isnull=False)
    return frozen.filter(not_after__lte=Now())


def _refuse(mailing: Mailing) -> NoReturn:
    mailing.refresh_from_db()
    raise LookAgain(_("This mailing is now “%(state)s”.") % {"state": mailing.get_state_display()})
