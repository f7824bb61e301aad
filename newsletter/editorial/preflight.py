"""What would go out if a draft went out now: who would get it, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from newsletter.audience.assigning import Interest, compose_for
from newsletter.audience.segments import SegmentRule
from newsletter.editions.compose import ComposedEdition
from newsletter.editions.content import IssueContent
from newsletter.editions.doubts import Publisher, doubts_about
from newsletter.editorial.drafts import DraftSnapshot
from newsletter.editorial.findings import CheckedEdition, Finding, Findings
from newsletter.editorial.pieces import Pieces
from newsletter.editorial.validation import problems_of
from newsletter.models import Reason
from newsletter.sending.outgoing import why_unwritable
from subscribers.channels import NoSuchChannel
from subscribers.models import ChosenRegion, SubscriptionStatus
from subscribers.regions import RegionTree

#: All that the readers of a draft would get is looked at while a person waits, if they are no
#: more than that, have no more different interests, and their editions no more sections in all.
FEW_READERS = 2000
FEW_INTERESTS = 100
FEW_SECTIONS = 1500


@dataclass(frozen=True)
class PreflightReport:
    """What is said of a draft, and what was found in its editions as far as they were checked."""

    draft: DraftSnapshot
    #: None where nobody has checked it.
    found: Findings | None

    @property
    def content(self) -> IssueContent:
        return self.draft.content

    @cached_property
    def problems(self) -> list[str]:
        """What is to be mended whoever reads it, a sentence each."""
        return standing_problems(self.draft)

    @cached_property
    def doubts(self) -> list[str]:
        """Doubts about the issue as a whole."""
        return [] if self.draft.correction else list(_doubts(self.draft))

    @property
    def faults(self) -> list[str]:
        """What stands against sending it, however many editions have it."""
        found = self.found.faults.items() if self.found else ()
        in_editions = self.in_words([fault for fault, _number in found])
        return list(dict.fromkeys([*self.problems, *in_editions]))

    @property
    def common_doubts(self) -> list[str]:
        """Those about the issue, and those that all of its editions share."""
        shared = self.found.shared_doubts if self.found else []
        return [*self.doubts, *self.in_words(shared)]

    @property
    def all_doubts(self) -> list[str]:
        """Those about the issue, and those about any edition."""
        found = self.found.doubts.items() if self.found else ()
        return [*self.doubts, *self.in_words([doubt for doubt, _number in found])]

    @property
    def editions(self) -> Sequence[CheckedEdition]:
        """Those with most readers first; of very many, not all."""
        return self.found.editions if self.found else ()

    @property
    def left_out(self) -> Mapping[Reason, int]:
        """How many get nothing, by the reason."""
        found = self.found.left_out if self.found else {}
        return {reason: number for reason, number in found.items() if number}

    @property
    def readers(self) -> int:
        return self.found.readers if self.found else 0

    @property
    def audience(self) -> int:
        """All who ever subscribed: those who get it and those left out."""
        return self.readers + sum(self.left_out.values())

    def in_words(self, findings: Iterable[Finding]) -> list[str]:
        """Each of `findings`, a sentence each."""
        return [words for finding in findings for words in finding.sentences(self.content)]


def preflight(draft: DraftSnapshot, rule: SegmentRule | None = None) -> PreflightReport:
    """Every edition that would go out if `draft` went out now, in a fixed number of queries.

    With a `rule`, it goes to that segment. It is for drafts that are small (:func:`is_small`):
    memory and time grow with the number of editions.
    """
    found = Findings()
    Pieces(draft, rule).look_at(found)
    return PreflightReport(draft, found)


def look_at_one(
    draft: DraftSnapshot, interest: Interest
) -> tuple[CheckedEdition, ComposedEdition] | None:
    """The edition that readers who share `interest` would get now; None if nobody would."""
    chosen = ChosenRegion.objects.filter(interest_set=interest.interest_set_id)
    codes = chosen.values_list("region__code", flat=True)
    composer = draft.composer_with(RegionTree.around({*draft.content.regions, *codes}))
    found = Findings()
    Pieces(draft, None, composer).look_at_one(found, interest)
    if not found.editions:
        return None
    return found.editions[0], compose_for([interest], composer)[interest]


def is_small(draft: DraftSnapshot) -> bool:
    """Whether all that the readers of `draft` would get can be looked at at once."""
    subscriptions = draft.issue.publication.subscriptions.order_by()
    active = subscriptions.filter(status=SubscriptionStatus.ACTIVE)
    chosen = active.values_list("interest_set", "language", "mail_format", "only_on_change")
    few = list(chosen[: FEW_READERS + 1])
    interests = len(set(few))
    sections = interests * len(draft.content.sections)
    return len(few) <= FEW_READERS and interests <= FEW_INTERESTS and sections <= FEW_SECTIONS


def standing_problems(draft: DraftSnapshot) -> list[str]:
    """Why `draft` cannot be sent whoever reads it, a sentence each; nothing if it can."""
    return [*problems_of(draft.content), *_unwritable(draft)]


def _unwritable(draft: DraftSnapshot) -> Iterator[str]:
    issue = draft.issue
    try:
        if words := why_unwritable(issue, issue.subject.values()):
            yield next(Finding.unwritable(words).sentences(draft.content))
    except NoSuchChannel as error:
        yield str(error)


def _doubts(draft: DraftSnapshot) -> Iterator[str]:
    publication = draft.issue.publication
    covered = list(publication.regions.values_list("code", flat=True))
    tree = RegionTree.around({*draft.content.regions, *covered})
    yield from doubts_about(draft.content, tree, Publisher(covered, publication.languages))
