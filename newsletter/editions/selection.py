"""Who gets what: the one place where it is decided which parts concern a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    IssueContent,
    SectionContent,
)
from subscribers.regions import RegionTree, Relation

#: Sections, each with what it is selected for, that are kept at hand.
MOST_SELECTED = 10_000

#: A section by its id, or the assessment of a region by its code.
PartKey = int | str


@dataclass(frozen=True)
class SelectedSection:
    section: SectionContent
    #: Codes of the wider places it is about, where it concerns the reader only through them.
    wider: tuple[str, ...]
    #: Codes of its regions that the reader chose, or that lie inside what they chose.
    own: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Equal ones have the same."""
        return f"{self.section.id} {','.join(self.wider)} {','.join(self.own)}"


@dataclass(frozen=True)
class Selection:
    """The parts of an issue for one set of regions, in the issue's order."""

    sections: tuple[SelectedSection, ...]
    assessments: tuple[AssessmentContent, ...]
    #: Codes of the regions that the issue has something on, and of those of which it is here.
    #: Empty where nobody is told what is left out.
    in_issue: frozenset[str] = frozenset()
    here: frozenset[str] = frozenset()
    #: Codes of the reader's regions of which it has incidents, but neither a part nor a trend.
    with_incidents: tuple[str, ...] = ()
    #: Of a correction, what it corrects.
    corrected: tuple[CorrectedContent, ...] = ()

    @property
    def left_out(self) -> frozenset[str]:
        """Codes of the regions that the issue has something on, but this selection nothing."""
        return self.in_issue - self.here

    @property
    def has_nothing_regional(self) -> bool:
        """Whether nothing in it is about a region of the reader."""
        parts = any(s.section.regions for s in self.sections)
        return not (parts or self.assessments or self.with_incidents or self.corrected)

    @property
    def in_order(self) -> tuple[PartKey, ...]:
        """What it is made of: sections, assessments, what it corrects."""
        sections = (selected.section.id for selected in self.sections)
        assessments = (assessment.region for assessment in self.assessments)
        return (*sections, *assessments, *(one.part for one in self.corrected))

    @property
    def parts(self) -> frozenset[PartKey]:
        return frozenset(self.in_order)

    def limited_to(self, parts: Collection[PartKey]) -> Selection:
        """Those of it that are among `parts`."""
        return replace(
            self,
            sections=tuple(s for s in self.sections if s.section.id in parts),
            assessments=tuple(a for a in self.assessments if a.region in parts),
            corrected=tuple(one for one in self.corrected if one.part in parts),
        )


class Selector:
    """Says which parts of one issue concern whom; for many readers, faster than for each anew.

    What each region reaches is found when somebody who chose it comes first, and kept as bits:
    those of a reader are put together.
    """

    def __init__(self, content: IssueContent, tree: RegionTree) -> None:
        self._content = content
        self._tree = tree
        #: A bit for each region of each section.
        self._places = [
            (number, code) for number, s in enumerate(content.sections) for code in s.regions
        ]
        self._places_of = [
            _mask(place == number for place, _code in self._places)
            for number in range(len(content.sections))
        ]
        self._for_everyone = {n for n, s in enumerate(content.sections) if not s.regions}
        self._incidents = {s.id: frozenset(_regions_of_incidents([s])) for s in content.sections}
        self._reached: dict[str, _Reached] = {}
        self._selected: dict[tuple[int, int, int], SelectedSection] = {}
        self._all_regions = frozenset(regions_in(content))

    def select(self, chosen: Collection[str]) -> Selection:
        """The parts for a reader of the regions `chosen` (codes).

        A section without regions is for everyone. A section on a region reaches a reader who
        chose that region, one of its ancestors, or one of its descendants. A section reaches
        them once, however many of its regions they chose.
        """
        own = wider = judged = 0
        for code in chosen:
            reached = self._reached.get(code) or self._reached_by(code)
            own |= reached.own
            wider |= reached.wider
            judged |= reached.judged
        sections = self._sections(own, wider & ~own)
        assessments = tuple(self._content.assessments[number] for number in _bits(judged))
        named = {a.region for a in assessments}.union(*(s.section.regions for s in sections))
        of_incidents = frozenset().union(*(self._incidents[s.section.id] for s in sections))
        return Selection(
            sections=sections,
            assessments=assessments,
            in_issue=self._all_regions,
            here=of_incidents | named,
            with_incidents=tuple(
                code for code in sorted(of_incidents - named) if reaches(code, chosen, self._tree)
            ),
        )

    def _sections(self, own: int, wider: int) -> tuple[SelectedSection, ...]:
        numbers = self._for_everyone.union(self._places[bit][0] for bit in _bits(own | wider))
        return tuple(self._section(number, own, wider) for number in sorted(numbers))

    def _section(self, number: int, own: int, wider: int) -> SelectedSection:
        places = self._places_of[number]
        # Where some of it is their own, it is not for the sake of what is wider.
        own, wider = own & places, 0 if own & places else wider & places
        key = number, own, wider
        found = self._selected.get(key)
        if found is None:
            section = self._content.sections[number]
            found = SelectedSection(section, wider=self._codes(wider), own=self._codes(own))
            if len(self._selected) < MOST_SELECTED:
                self._selected[key] = found
        return found

    def _codes(self, places: int) -> tuple[str, ...]:
        return tuple(self._places[bit][1] for bit in _bits(places))

    def _reached_by(self, code: str) -> _Reached:
        relation = {
            named: self._tree.relation(code, named)
            for named in {named for _number, named in self._places}
            | {a.region for a in self._content.assessments}
        }
        self._reached[code] = _Reached(
            own=_mask(relation[named] not in (None, Relation.WIDER) for _n, named in self._places),
            wider=_mask(relation[named] is Relation.WIDER for _n, named in self._places),
            judged=_mask(relation[a.region] is not None for a in self._content.assessments),
        )
        return self._reached[code]


class _Reached(NamedTuple):
    """Which places of sections, and which assessments, a choice reaches: a bit for each."""

    own: int
    wider: int
    judged: int


def _mask(held: Iterable[bool]) -> int:
    return sum(1 << number for number, is_held in enumerate(held) if is_held)


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits in `mask`, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def select(content: IssueContent, chosen: Collection[str], tree: RegionTree) -> Selection:
    """The parts of `content` for a reader of the regions `chosen` (codes): see `Selector`."""
    return Selector(content, tree).select(chosen)


def corrections_of(content: IssueContent, parts: Collection[PartKey]) -> Selection:
    """The corrections of `content` for a reader who was sent `parts`."""
    return everything(content).limited_to(parts)


def concerned(content: IssueContent, codes: Iterable[str], tree: RegionTree) -> set[str]:
    """Those of the regions `codes` whose readers find something on them in `content`."""
    selector = Selector(content, tree)
    return {code for code in codes if not selector.select({code}).has_nothing_regional}


def everything(content: IssueContent) -> Selection:
    """All parts of `content`, for a reader who chose no regions and may see them all."""
    named = _named(content.sections, content.assessments)
    return Selection(
        sections=tuple(SelectedSection(section, wider=()) for section in content.sections),
        assessments=content.assessments,
        with_incidents=tuple(sorted(_regions_of_incidents(content.sections) - named)),
        corrected=content.corrections,
    )


def regions_in(content: IssueContent) -> set[str]:
    """Codes of the regions whose readers find something on them in `content`.

    Incidents count where everyone gets them: others go only to the readers of their part.
    """
    for_everyone = [section for section in content.sections if not section.regions]
    named = _named(content.sections, content.assessments)
    return named | _regions_of_incidents(for_everyone)


def reaches(named: str, chosen: Collection[str], tree: RegionTree) -> bool:
    """Whether what is said of the region `named` concerns a reader of `chosen` (codes)."""
    return any(tree.relation(choice, named) for choice in chosen)


def _named(
    sections: Collection[SectionContent], assessments: Collection[AssessmentContent]
) -> set[str]:
    return {code for section in sections for code in section.regions} | {
        assessment.region for assessment in assessments
    }


def _regions_of_incidents(sections: Iterable[SectionContent]) -> set[str]:
    return {
        code for section in sections for incident in section.incidents for code in incident.regions
    }
