"""What would go out if an issue went out now: every edition, with who gets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from newsletter.audience.assigning import Interest, compose_for, why_not
from newsletter.audience.builder import Standing, audience_of, passed_over
from newsletter.audience.segments import SegmentRule
from newsletter.audience.verification import LeakChecker
from newsletter.editions.compose import ComposedEdition
from newsletter.editions.content import IssueContent
from newsletter.editions.doubts import Publisher, doubts_about
from newsletter.editions.weight import wire_size
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.validation import problems_of
from newsletter.models import Issue, Reason
from newsletter.sending.outgoing import why_unwritable
from subscribers.channels import NoSuchChannel
from subscribers.models import Subscription

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


@dataclass(frozen=True)
class PreflightEdition:
    """One edition that somebody would get, and what was found in it."""

    edition: ComposedEdition
    #: How many readers would get it, by what they are interested in.
    interests: Mapping[Interest, int]
    #: Codes of the regions that its readers chose.
    chosen: frozenset[str]
    #: What would stand against sending it at the freeze.
    faults: Sequence[str]
    doubts: Sequence[str]

    @property
    def readers(self) -> int:
        return sum(self.interests.values())

    @property
    def size(self) -> int:
        """Bytes on the wire of its HTML, or of its text where that is all."""
        return wire_size(self.edition.html or self.edition.text)


@dataclass(frozen=True)
class PreflightReport:
    """The whole audience of an issue as it stands now: who gets what, and who gets nothing."""

    content: IssueContent
    #: Those with most readers first.
    editions: Sequence[PreflightEdition]
    #: How many get nothing, by the reason.
    left_out: Mapping[Reason, int]
    #: What is to be mended in the issue before anything can be sent.
    problems: Sequence[str]
    #: Doubts about the issue as a whole.
    doubts: Sequence[str]

    @property
    def common_doubts(self) -> list[str]:
        """Those about the issue, and those that all of its editions share."""
        each = [edition.doubts for edition in self.editions]
        shared = [doubt for doubt in each[0] if all(doubt in one for one in each)] if each else []
        return [*self.doubts, *shared]

    @property
    def readers(self) -> int:
        return sum(edition.readers for edition in self.editions)

    @property
    def audience(self) -> int:
        """All who ever subscribed: those who get it and those left out."""
        return self.readers + sum(self.left_out.values())

    @property
    def faults(self) -> list[str]:
        """What stands against sending it, a sentence each, however many editions have it."""
        found = (fault for edition in self.editions for fault in edition.faults)
        return list(dict.fromkeys([*self.problems, *found]))


def preflight(draft: DraftSnapshot, rule: SegmentRule | None = None) -> PreflightReport:
    """Every edition that would go out if `draft` went out now, in a fixed number of queries.

    With a `rule`, it goes to that segment.
    """
    issue, content, composer = draft.issue, draft.content, draft.composer
    interested, left_out = _counted(audience_of(issue, composer, rule, draft.correction))
    for other_reason, number in passed_over(issue, composer).items():
        left_out[other_reason] += number
    composed = compose_for(interested.keys(), composer)
    for interest, edition in list(composed.items()):
        if reason := why_not(interest, edition, issue):
            left_out[reason] += interested[interest]
            del composed[interest]
    checker = LeakChecker(composer, composed)
    return PreflightReport(
        content=content,
        editions=_editions(checker, composed, interested),
        left_out={reason: number for reason, number in left_out.items() if number},
        problems=[*problems_of(content), *_unwritable(issue, composed.values())],
        doubts=[] if draft.correction else list(_doubts(draft)),
    )


def _doubts(draft: DraftSnapshot) -> Iterator[str]:
    yield from doubts_about(draft.content, draft.tree, _publisher(draft.issue))


def _publisher(issue: Issue) -> Publisher:
    publication = issue.publication
    regions = publication.regions.values_list("code", flat=True)
    return Publisher(list(regions), publication.languages)


def _unwritable(issue: Issue, editions: Iterable[ComposedEdition]) -> Iterator[str]:
    subjects = {edition.subject for edition in editions} or set(issue.subject.values())
    try:
        why = why_unwritable(issue, subjects)
    except NoSuchChannel as error:
        yield str(error)
    else:
        if why:
            yield _("No email can be written of this: %(why)s") % {"why": why}


def _counted(
    audience: QuerySet[WithAnnotations[Subscription, Standing]],
) -> tuple[dict[Interest, int], dict[Reason, int]]:
    """How many readers of `audience` share each interest, and how many get nothing, by reason."""
    rows = audience.values_list(
        "reason",
        "interest_set",
        "language",
        "mail_format",
        "history",
        "only_on_change",
    )
    interested: dict[Interest, int] = {}
    left_out: dict[Reason, int] = defaultdict(int)
    for reason, *interest, number in rows.annotate(number=Count("pk")):
        if reason:
            left_out[Reason(reason)] += number
        else:
            interested[Interest(*interest)] = number
    return interested, left_out


def _editions(
    checker: LeakChecker,
    composed: Mapping[Interest, ComposedEdition],
    interested: Mapping[Interest, int],
) -> list[PreflightEdition]:
    by_key: dict[str, list[Interest]] = defaultdict(list)
    for interest, edition in composed.items():
        by_key[edition.key].append(interest)
    editions = []
    for interests in by_key.values():
        edition = composed[interests[0]]
        verdict = checker.verdict(edition, interests)
        editions.append(
            PreflightEdition(
                edition=edition,
                interests={interest: interested[interest] for interest in interests},
                chosen=checker.chosen(interests),
                faults=list(verdict.reasons(checker.content)),
                doubts=[remark.text for remark in verdict.remarks if not remark.is_fault],
            )
        )
    return sorted(editions, key=lambda edition: edition.readers, reverse=True)
