"""When an issue goes out, and what would happen if it went out now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.audience.segments import rule_of
from newsletter.editorial.checks import fingerprint_of
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.preflight import PreflightReport
from newsletter.errors import (
    AskForApproval,
    AskWhetherToNobody,
    ChooseAnotherTime,
    LookAgain,
    MendTheIssue,
    WaitForTheCheck,
)
from newsletter.models import Issue, Mailing, Reason, Segment, UnknownPolicy
from newsletter.tasks import drain
from subscribers.bell import ring
from subscribers.days import moment
from subscribers.desk.auditing import AuditedAdmin
from subscribers.desk.dates import DayField
from subscribers.models import AuditAction
from subscribers.time_zones import place_of

#: What each policy means for readers and editors, the one to start from first.
POLICIES = {
    UnknownPolicy.LEAVE: _(
        "Some readers may get nothing. You will see how many, and can still resend those yourself."
    ),
    UnknownPolicy.RESEND_ONCE: _(
        "Nobody is missed, but readers who did get the first one get it twice."
    ),
}


#: What is kept of the form while a check is waited for.
CHOSEN = ("segment", "at_once", "day", "clock", "local", "unknown_policy")


class ScheduleForm(forms.Form):
    """A moment by the clock of the publication's time zone, or at once.

    Also what is done about emails of which it stays unknown whether they left. What was changed
    since the page was shown is not sent: nobody has looked at it.
    """

    seen = forms.CharField(required=False)
    at_once = forms.BooleanField(label=_("Send at once"), required=False)
    day = DayField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    clock = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    local = forms.BooleanField(label=_("At this time in each reader’s time zone"), required=False)
    even_to_nobody = forms.BooleanField(
        label=_("Schedule it all the same, in case there are readers by then"), required=False
    )
    unknown_policy = forms.TypedChoiceField(
        label=_("If we can’t tell whether an email was sent"),
        choices=[(policy.value, capfirst(policy.label)) for policy in POLICIES],
        coerce=UnknownPolicy,
        empty_value=UnknownPolicy.LEAVE,
        required=False,
        initial=UnknownPolicy.LEAVE,
        widget=forms.RadioSelect,
    )

    def __init__(
        self,
        draft: DraftSnapshot,
        data: Any = None,
        *,
        segment: Segment | None = None,
        waiting: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`waiting` is what was chosen before the check that had to be waited for."""
        self._zone = draft.issue.publication.zone
        chosen = {name: waiting[name] for name in CHOSEN if name in waiting}
        super().__init__(data, initial=_tomorrow_morning(self._zone) | chosen)
        #: What is shown now, for the page to give back as `seen`.
        self.shown = fingerprint_of(draft, rule_of(segment) if segment else None)

    @property
    def chosen(self) -> str:
        """What was sent, for the address of the page to which one comes back."""
        return urlencode({name: self.data[name] for name in CHOSEN if self.data.get(name)})

    def policies(self) -> list[tuple[BoundWidget, str]]:
        """Each choice of a policy with the line that explains it."""
        choices = self["unknown_policy"].subwidgets
        return [(c, str(POLICIES[UnknownPolicy(c.data["value"])])) for c in choices]

    def clean(self) -> dict[str, Any]:
        """Adds `at`, the moment chosen; None for at once."""
        typed = self.cleaned_data
        typed["at"] = None
        if typed.get("seen") and typed["seen"] != self.shown:
            self.add_error(
                None, _("This was changed while you had it open. Look again before you send it.")
            )
        if typed.get("at_once") or self.errors:
            return typed
        for name in ("day", "clock"):
            if typed.get(name) is None:
                self.add_error(name, _("Fill this in, or tick “Send at once”."))
        if not self.errors:
            typed["at"] = self._moment()
        return typed

    def _moment(self) -> datetime | None:
        local = datetime.combine(self.cleaned_data["day"], self.cleaned_data["clock"])
        try:
            return moment_in(self._zone, local)
        except ValidationError as error:
            self.add_error("clock", error)
            return None


def moment_in(zone: ZoneInfo, local: datetime) -> datetime:
    """The moment when clocks in `zone` show `local`; the first, when they show it twice.

    Raises:
        ValidationError: they never do, because they are put forward over it.
    """
    moment = local.replace(tzinfo=zone, fold=0)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise ValidationError(
            _(
                "This time does not exist in %(zone)s: clocks go forward over it. "
                "Choose another one."
            ),
            params={"zone": place_of(zone.key)},
        )
    return moment


def scheduled(
    desk: AuditedAdmin,
    request: HttpRequest,
    form: ScheduleForm,
    about: Issue,
    send: Callable[[], Mailing],
) -> Mailing | None:
    """The mailing that `send` makes, said and logged; None where `form` now says why there is none.

    `about` is the issue that it is of.

    Raises:
        WaitForTheCheck: it is to be done again once the check is over, which has begun.
    """
    try:
        mailing = send()
    except WaitForTheCheck:
        transaction.on_commit(partial(ring, drain))
        raise
    except AskWhetherToNobody as error:
        form.add_error("even_to_nobody", str(error))
    except ChooseAnotherTime as error:
        form.add_error("clock", str(error))
    except MendTheIssue as error:
        form.add_error(None, error.problems)
    except (LookAgain, AskForApproval) as error:
        form.add_error(None, str(error))
    else:
        transaction.on_commit(partial(ring, drain))
        desk.log_change(request, about, _("Scheduled a mailing."), AuditAction.SCHEDULED)
        messages.success(request, _sentence_on(mailing))
        return mailing
    return None


def after_scheduling(
    request: HttpRequest, mailing: Mailing, *, otherwise: Model
) -> HttpResponseRedirect:
    """To the page of `mailing`; to that of `otherwise` for those who may not look at mailings."""
    may_look = any(request.user.has_perm(f"newsletter.{may}_mailing") for may in ("view", "change"))
    shown = mailing if may_look else otherwise
    return redirect(f"admin:{shown._meta.app_label}_{shown._meta.model_name}_change", shown.pk)


#: Why those are left out who are not subscribed: they are no readers.
NOT_SUBSCRIBED = (Reason.NOT_CONFIRMED, Reason.UNSUBSCRIBED)


@dataclass(frozen=True)
class Outlook:
    """What stands against sending an issue now, and whom it would go to."""

    problems: Sequence[str]
    #: What a person may want to mend before.
    doubts: Sequence[str]
    #: All who are subscribed; of them, how many get nothing and why; and who remains.
    active: int
    left_out: Sequence[tuple[str, int]]
    readers: int
    editions: int
    #: Whether there are more editions than that.
    has_more_editions: bool


def outlook_of(report: PreflightReport) -> Outlook:
    """What a page says of `report` ahead of scheduling."""
    readers = [reason for reason in report.left_out if reason not in NOT_SUBSCRIBED]
    left_out = [(str(reason.label), report.left_out[reason]) for reason in sorted(readers)]
    return Outlook(
        problems=report.faults,
        doubts=report.all_doubts,
        active=report.readers + sum(number for _reason, number in left_out),
        left_out=left_out,
        readers=report.readers,
        editions=len(report.editions),
        has_more_editions=report.found is not None and report.found.has_more,
    )


def _tomorrow_morning(zone: ZoneInfo) -> dict[str, Any]:
    """What the form starts from."""
    return {"day": timezone.localdate(timezone=zone) + timedelta(days=1), "clock": time(7)}


def _sentence_on(mailing: Mailing) -> str:
    """What was just decided, with the time by the publication's clock."""
    zone = mailing.issue.publication.zone
    at = moment(timezone.localtime(mailing.scheduled_at, zone))
    told = {"issue": mailing.issue, "at": at, "zone": place_of(zone.key)}
    if mailing.is_correction:
        return gettext("The correction of “%(issue)s” goes out on %(at)s (%(zone)s).") % told
    if mailing.is_local:
        return (
            gettext("“%(issue)s” goes out in each reader’s time zone, first on %(at)s (%(zone)s).")
            % told
        )
    return gettext("“%(issue)s” goes out on %(at)s (%(zone)s).") % told
