"""Who gets what: the one place where it is decided which parts concern a reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    IssueContent,
    SectionContent,
)
from subscribers.regions import RegionTree, Relation

#: A section by its id, or the assessment of a region by its code.
PartKey = int | str


@dataclass(frozen=True)
class SelectedSection:
    section: SectionContent
    #: Codes of the wider places it is about, where it concerns the reader only through them.
    wider: tuple[str, ...]
    #: Codes of its regions that the reader chose, or that lie inside what they chose.
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """The parts of an issue for one set of regions, in the issue's order."""

    sections: tuple[SelectedSection, ...]
    assessments: tuple[AssessmentContent, ...]
    #: Codes of the regions that the issue has a part or a trend on, but this selection nothing.
    left_out: tuple[str, ...] = ()
    #: Codes of the reader's regions of which it has incidents, but neither a part nor a trend.
    with_incidents: tuple[str, ...] = ()
    #: Of a correction, what it corrects.
    corrected: tuple[CorrectedContent, ...] = ()

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
        self._for_everyone = [n for n, s in enumerate(content.sections) if not s.regions]
        self._reached: dict[str, _Reached] = {}
        self._all_regions = regions_in(content)

    def select(self, chosen: Collection[str]) -> Selection:
        """The parts for a reader of the regions `chosen` (codes).

        A section without regions is for everyone. A section on a region reaches a reader who
        chose that region, one of its ancestors, or one of its descendants. A section reaches
        them once, however many of its regions they chose.
        """
        content, reached = self._content, _Reached()
        for code in chosen:
            reached |= self._reached_by(code)
        sections = self._sections(reached)
        assessments = tuple(content.assessments[number] for number in _bits(reached.judged))
        named = _named([s.section for s in sections], assessments)
        of_incidents = _regions_of_incidents(s.section for s in sections)
        return Selection(
            sections=sections,
            assessments=assessments,
            left_out=tuple(sorted(self._all_regions - named - of_incidents)),
            with_incidents=tuple(
                code for code in sorted(of_incidents - named) if reaches(code, chosen, self._tree)
            ),
        )

    def _sections(self, reached: _Reached) -> tuple[SelectedSection, ...]:
        own, wider = defaultdict(list), defaultdict(list)
        for bit in _bits(reached.own):
            number, code = self._places[bit]
            own[number].append(code)
        for bit in _bits(reached.wider & ~reached.own):
            number, code = self._places[bit]
            wider[number].append(code)
        found = sorted({*own, *wider, *self._for_everyone})
        return tuple(
            SelectedSection(
                self._content.sections[number],
                # Where some of it is their own, it is not for the sake of what is wider.
                wider=() if number in own else tuple(wider[number]),
                own=tuple(own[number]) if number in own else (),
            )
            for number in found
        )

    def _reached_by(self, code: str) -> _Reached:
        if code not in self._reached:
            relation = {
                named: self._tree.relation(code, named)
                for named in {named for _number, named in self._places}
                | {a.region for a in self._content.assessments}
            }
            self._reached[code] = _Reached(
                own=_mask(
                    relation[named] not in (None, Relation.WIDER) for _n, named in self._places
                ),
                wider=_mask(relation[named] is Relation.WIDER for _n, named in self._places),
                judged=_mask(relation[a.region] is not None for a in self._content.assessments),
            )
        return self._reached[code]


@dataclass(frozen=True)
class _Reached:
    """Which places of sections, and which assessments, a choice reaches: a bit for each."""

    own: int = 0
    wider: int = 0
    judged: int = 0

    def __or__(self, other: _Reached) -> _Reached:
        return _Reached(self.own | other.own, self.wider | other.wider, self.judged | other.judged)


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
