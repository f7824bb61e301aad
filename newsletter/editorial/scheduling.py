"""Deciding that an issue goes out, and stopping it."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.local_times import local_moments
from newsletter.audience.segments import rule_of
from newsletter.editorial.approving import required_approval
from newsletter.editorial.checks import passed_check
from newsletter.editorial.drafts import DraftSnapshot, draft_of
from newsletter.editorial.versioning import version_of
from newsletter.errors import AskWhetherToNobody, ChooseAnotherTime, LookAgain
from newsletter.ledger import mailings
from newsletter.ledger.history import person
from newsletter.models import (
    Issue,
    Mailing,
    MailingKind,
    MailingState,
    MailingTransition,
    Segment,
    UnknownPolicy,
)
from newsletter.sending.deadlines import lifetime, time_ran_out, unsent_of
from subscribers.models import SubscriptionStatus
from subscribers.services.clone_guard import register


def schedule(
    issue: Issue,
    *,
    at: datetime | None,
    by: User | None,
    unknown_policy: UnknownPolicy = UnknownPolicy.LEAVE,
    local: bool = False,
    even_to_nobody: bool = False,
    segment: Segment | None = None,
    draft: DraftSnapshot | None = None,
) -> Mailing:
    """Send `issue`, as it stands now, at the moment `at` (aware), or at once if None.

    With `local`, each reader gets it when their own clock shows what the publication's shows
    then; those for whom that is past, at once. The mailing starts for the first of them.

    With a `segment`, it goes to those who are in it when sending starts, by the rule as it is
    now. The others may get the issue by a later mailing.

    `draft` is the issue as it was read already; without it, it is read now.

    Later edits of the issue do not change what this mailing sends. What has not left
    :func:`~newsletter.sending.deadlines.lifetime` after its moment waits for a person.

    Raises:
        MendTheIssue: it cannot be sent as it is, or an edition that somebody would get cannot.
        WaitForTheCheck: it is not small, and no check of it as it stands can be trusted. One was
            asked for.
        AskWhetherToNobody: no reader would get it as things are, and `even_to_nobody` is not
            said: there may be some by then.
        AskForApproval: its publication asks for an approval, and it has none.
        ChooseAnotherTime: `at` has passed.
        LookAgain: a mailing of this issue is on its way already, or one is so old that nobody
            knows who got it.
    """
    return schedule_draft(
        draft or draft_of(issue),
        at=at,
        by=by,
        unknown_policy=unknown_policy,
        local=local,
        even_to_nobody=even_to_nobody,
        segment=segment,
    )


def schedule_draft(
    draft: DraftSnapshot,
    *,
    at: datetime | None,
    by: User | None,
    unknown_policy: UnknownPolicy,
    local: bool,
    even_to_nobody: bool,
    segment: Segment | None = None,
) -> Mailing:
    """As :func:`schedule`, of what is in `draft`: an issue, or a correction of one."""
    issue, correction = draft.issue, draft.correction
    _refuse_what_is_past(issue, at)
    report = passed_check(draft, segment, by=by)
    rule = rule_of(segment) if segment else None
    version = version_of(draft, by=by)
    approval = required_approval(version)
    if not report.readers and not even_to_nobody:
        raise AskWhetherToNobody(nobody_gets_it(segment))
    mailing = Mailing(
        issue=issue,
        version=version,
        kind=MailingKind.CORRECTION if correction else MailingKind.ISSUE,
        correction=correction,
        approval=approval,
        unknown_policy=unknown_policy,
        created_by=by,
        segment=segment,
        segment_rule=rule.as_json() if rule else None,
    )
    _set_times(mailing, at, local=local)
    _create(mailing, by)
    return mailing


def _refuse_what_is_past(issue: Issue, at: datetime | None) -> None:
    if at is not None and at < timezone.now():
        raise ChooseAnotherTime(_("This time has passed. Choose a later one, or send at once."))
    if issue.mailings.filter(tallied_at__isnull=False).exists():
        raise LookAgain(_("Who got this issue is no longer known. Copy it into a new issue."))


def _set_times(mailing: Mailing, at: datetime | None, *, local: bool) -> None:
    """When it begins, and until when it may be sent."""
    now = timezone.now()
    mailing.scheduled_at = at or now
    last = _go_by_local_clocks(mailing, now) if local and at is not None else mailing.scheduled_at
    mailing.not_after = last + lifetime(mailing)


def nobody_gets_it(segment: Segment | None) -> str:
    """What is said where no reader would get an issue, or none in `segment`."""
    if segment is None:
        return _("No reader would get this issue now.")
    return _("No reader in the segment “%(segment)s” would get this issue now.") % {
        "segment": segment.name
    }


def _go_by_local_clocks(mailing: Mailing, now: datetime) -> datetime:
    """Let `mailing` begin for the first of its readers; when it is due for the last."""
    publication = mailing.issue.publication
    shown = mailing.scheduled_at.astimezone(publication.zone)
    mailing.local_day, mailing.local_time = shown.date(), shown.time()
    readers = publication.subscriptions.filter(status=SubscriptionStatus.ACTIVE).order_by()
    zones = readers.values_list("subscriber__time_zone", flat=True).distinct()
    moments = local_moments(mailing, [*zones, ""]).values()
    mailing.scheduled_at = max(now, min(moments))
    return max(moments)


def _create(mailing: Mailing, by: User | None) -> None:
    register()
    try:
        with transaction.atomic():
            mailings.create(mailing, by=person(by))
    except IntegrityError as error:
        raise LookAgain(
            _("A mailing of this issue is on its way already. Cancel it first to change it.")
        ) from error


def start_late(mailing: Mailing, *, by: User | str | None = None) -> None:
    """Start `mailing`, whose time had passed unnoticed, after all.

    Raises:
        LookAgain: it is not overdue, or a part of it is sent already
            (:func:`~newsletter.sending.deadlines.send_after_all`).
    """
    now = timezone.now()
    until = max(mailing.not_after, now + lifetime(mailing))
    unsent = Mailing.objects.filter(pk=mailing.pk, frozen_at=None)
    start = MailingTransition.START_LATE
    if not mailings.transition(unsent, start, by=person(by), scheduled_at=now, not_after=until):
        _refuse(mailing)
    mailing.refresh_from_db()


def pause(mailing: Mailing, *, by: User | str | None = None) -> None:
    """Let nothing more leave from `mailing`; what is on the wire already may still arrive.

    Raises:
        LookAgain: it is not being sent.
    """
    _transition(mailing, MailingTransition.PAUSE, by)


def resume(mailing: Mailing, *, by: User | str | None = None) -> None:
    """Go on with a paused mailing.

    Raises:
        LookAgain: it is not paused, or its time ran out meanwhile with mail not sent: what
            becomes of that is to be said (:mod:`newsletter.sending.deadlines`).
    """
    if mailing.state == MailingState.PAUSED and (unsent := unsent_of(mailing)):
        raise LookAgain(time_ran_out(unsent))
    _transition(mailing, MailingTransition.RESUME, by)


def cancel(mailing: Mailing, *, by: User | str | None = None) -> None:
    """Send nothing more from `mailing`, for good.

    Raises:
        LookAgain: it is over.
    """
    _transition(mailing, MailingTransition.CANCEL, by)


def _transition(
    mailing: Mailing,
    name: MailingTransition,
    by: User | str | None,
) -> None:
    itself = Mailing.objects.filter(pk=mailing.pk)
    if not mailings.transition(itself, name, by=person(by)):
        _refuse(mailing)
    mailing.refresh_from_db()


def _refuse(mailing: Mailing) -> NoReturn:
    mailing.refresh_from_db()
    raise LookAgain(_("This mailing is now “%(state)s”.") % {"state": mailing.get_state_display()})
