"""Deciding that an issue goes out, and stopping it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.errors import ChooseAnotherTime, LookAgain, MendTheIssue
from newsletter.models import Issue, Mailing, MailingState, UnknownPolicy
from newsletter.services.approving import required_approval
from newsletter.services.proofreading import proof_of
from newsletter.services.versioning import version_of

#: How long after its time a mailing may still send.
LIFETIME = timedelta(hours=24)


def schedule(
    issue: Issue,
    *,
    at: datetime | None,
    by: User | None,
    unknown_policy: UnknownPolicy = UnknownPolicy.LEAVE,
) -> Mailing:
    """Send `issue`, as it stands now, at the moment `at` (aware), or at once if None.

    Later edits of the issue do not change what this mailing sends. What has not left
    :data:`LIFETIME` after that moment is not sent any more.

    Raises:
        MendTheIssue: it cannot be sent as it is, or an edition that somebody would get cannot.
        AskForApproval: its publication asks for an approval, and it has none.
        ChooseAnotherTime: `at` has passed.
        LookAgain: a mailing of this issue is on its way already.
    """
    now = timezone.now()
    if at is not None and at < now:
        raise ChooseAnotherTime(_("This time has passed. Choose a later one, or send at once."))
    version = version_of(issue, by=by)
    if faults := proof_of(issue).faults:
        raise MendTheIssue(faults)
    approval = required_approval(version)
    try:
        with transaction.atomic():
            return Mailing.objects.create(
                issue=issue,
                version=version,
                approval=approval,
                scheduled_at=at or now,
                not_after=(at or now) + LIFETIME,
                unknown_policy=unknown_policy,
                created_by=by,
            )
    except IntegrityError as error:
        raise LookAgain(
            _("A mailing of this issue is on its way already. Cancel it first to change it.")
        ) from error


def start_late(mailing: Mailing) -> None:
    """Start `mailing`, whose time had passed unnoticed, after all.

    Raises:
        LookAgain: it is not overdue.
    """
    now = timezone.now()
    _move(mailing, MailingState.SCHEDULED, trouble="", scheduled_at=now, not_after=now + LIFETIME)


def pause(mailing: Mailing) -> None:
    """Let nothing more leave from `mailing`; what is on the wire already may still arrive.

    Raises:
        LookAgain: it is not being sent.
    """
    _move(mailing, MailingState.PAUSED, trouble="")


def resume(mailing: Mailing) -> None:
    """Go on with a paused mailing.

    Raises:
        LookAgain: it is not paused.
    """
    _move(mailing, MailingState.SENDING, source=MailingState.PAUSED, trouble="")


def cancel(mailing: Mailing) -> None:
    """Send nothing more from `mailing`, for good.

    Raises:
        LookAgain: it is over, or just being worked out.
    """
    _move(mailing, MailingState.CANCELLED)


def _move(
    mailing: Mailing,
    to: MailingState,
    *,
    source: MailingState | None = None,
    **fields: str | datetime,
) -> None:
    mailings = Mailing.objects.filter(pk=mailing.pk)
    if source is not None:
        mailings = mailings.filter(state=source)
    if not mailings.move(to, **fields):
        mailing.refresh_from_db()
        raise LookAgain(
            _("This mailing is “%(state)s” by now.") % {"state": mailing.get_state_display()}
        )
    mailing.refresh_from_db()
