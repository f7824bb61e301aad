"""Checks of drafts, as people ask for them and go by them.

Small ones are made while somebody waits. All others are made by workers
(:mod:`newsletter.editorial.checking`), and trusted for a while.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.segments import SegmentRule, rule_of
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.findings import Findings
from newsletter.editorial.preflight import PreflightReport, is_small, preflight
from newsletter.errors import MendTheIssue, WaitForTheCheck
from newsletter.models import Preflight, PreflightState, Segment
from newsletter.models.clock import Now
from newsletter.models.preflights import OPEN

#: How long a check is trusted once it is over: enough for a second person to look at it and to
#: approve. Readers come and choose again meanwhile, and other issues are sent. What that adds is
#: checked at the freeze, but what could stop a mailing there is to be said when it is scheduled.
TRUSTED_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Check:
    """What is known of a draft: from a check that a worker made or is to make, or made at once."""

    report: PreflightReport
    #: None where it was made at once, or never.
    made: Preflight | None = None
    #: Whether it takes a worker.
    takes_time: bool = True

    @property
    def is_known(self) -> bool:
        """Whether it is known who would get it."""
        return self.report.found is not None

    @property
    def is_open(self) -> bool:
        """Whether a worker is at it, or is to be."""
        return self.made is not None and self.made.is_open

    @property
    def is_trusted(self) -> bool:
        """Whether it can be scheduled by what is known."""
        return self.is_known and (self.made is None or _is_fresh(self.made))


def fingerprint_of(draft: DraftSnapshot, rule: SegmentRule | None) -> str:
    """The same as long as what would be sent is, and by what is set, to whom."""
    whom = rule.as_json() if rule else None
    decisive = [draft.content_hash, whom, draft.issue.publication.mail_when_nothing]
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def check_of(draft: DraftSnapshot, segment: Segment | None = None) -> Check:
    """What is known of `draft` as it stands, for all readers or for those in `segment`.

    It changes nothing. Where it is not small, that is what the last check found.
    """
    rule = _rule(segment)
    if is_small(draft):
        return Check(preflight(draft, rule), takes_time=False)
    last = _last(draft, segment)
    is_over = last is not None and last.state in (PreflightState.PASSED, PreflightState.FAILED)
    found = Findings.of(last.found, last.editions) if last and is_over else None
    return Check(PreflightReport(draft, found), last)


def ask_for_check(
    draft: DraftSnapshot, segment: Segment | None = None, *, by: User | None
) -> Preflight | None:
    """Let a worker check `draft`; None where it is checked at once whenever somebody looks.

    Who asks while it is being checked gets that check. Those of the same draft as it was before
    end.

    Raises:
        MendTheIssue: it cannot be sent, whoever reads it.
    """
    if problems := PreflightReport(draft, None).problems:
        raise MendTheIssue(problems)
    if is_small(draft):
        return None
    fingerprint, checks = fingerprint_of(draft, _rule(segment)), _of(draft, segment)
    try:
        with transaction.atomic():
            checks.exclude(state__in=OPEN).delete()
            supersede(checks.exclude(fingerprint=fingerprint))
            asked, _is_new = checks.get_or_create(
                fingerprint=fingerprint,
                state__in=OPEN,
                defaults={
                    "issue": draft.issue,
                    "correction": draft.correction,
                    "segment": segment,
                    "asked_by": by,
                },
            )
            return asked
    except IntegrityError:
        # Somebody asked at the same moment.
        return checks.get(fingerprint=fingerprint, state__in=OPEN)


def renew_check(draft: DraftSnapshot, *, by: User | None) -> Preflight | None:
    """Let a worker check `draft` once more, unless its last check can be trusted.

    Raises:
        MendTheIssue: it cannot be sent, whoever reads it.
    """
    last = _last(draft, None)
    return last if last and _is_fresh(last) else ask_for_check(draft, by=by)


def passed_check(
    draft: DraftSnapshot, segment: Segment | None = None, *, by: User | None
) -> PreflightReport:
    """What a check of `draft` found that can be trusted, and in which nothing stands against it.

    Raises:
        MendTheIssue: something does.
        WaitForTheCheck: it takes a worker to find out, who was asked.
    """
    check = check_of(draft, segment)
    if check.report.faults and (check.is_trusted or check.report.problems):
        raise MendTheIssue(check.report.faults)
    if not check.is_trusted:
        ask_for_check(draft, segment, by=by)
        raise WaitForTheCheck(_("What would go out is being checked. Schedule it after that."))
    return check.report


def supersede(checks: QuerySet[Preflight]) -> int:
    """End `checks` whose draft reads otherwise by now; how many were still open."""
    return checks.filter(state__in=OPEN).update(
        state=PreflightState.SUPERSEDED, worker=None, lease_until=None, finished_at=Now()
    )


def _of(draft: DraftSnapshot, segment: Segment | None) -> QuerySet[Preflight]:
    """All checks of the same thing, as it stands or as it stood."""
    return Preflight.objects.filter(
        issue=draft.issue, correction=draft.correction, segment=segment
    ).order_by("pk")


def _last(draft: DraftSnapshot, segment: Segment | None) -> Preflight | None:
    """The last check of it as it stands."""
    fingerprint = fingerprint_of(draft, _rule(segment))
    return _of(draft, segment).filter(fingerprint=fingerprint).last()


def _rule(segment: Segment | None) -> SegmentRule | None:
    return rule_of(segment) if segment else None


def _is_fresh(check: Preflight) -> bool:
    return check.finished_at is not None and check.finished_at > timezone.now() - TRUSTED_FOR
