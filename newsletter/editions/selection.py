"""Who gets what: the one place where it is decided which parts concern a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    IssueContent,
    SectionContent,
)
from subscribers.regions import RegionTree, Relation

#: A section by its id, or the assessment of a region by its code.
Part = int | str


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
    def in_order(self) -> tuple[Part, ...]:
        """What it is made of: sections, assessments, what it corrects."""
        sections = (selected.section.id for selected in self.sections)
        assessments = (assessment.region for assessment in self.assessments)
        return (*sections, *assessments, *(one.part for one in self.corrected))

    @property
    def parts(self) -> frozenset[Part]:
        return frozenset(self.in_order)

    def limited_to(self, parts: Collection[Part]) -> Selection:
        """Those of it that are among `parts`."""
        return replace(
            self,
            sections=tuple(s for s in self.sections if s.section.id in parts),
            assessments=tuple(a for a in self.assessments if a.region in parts),
            corrected=tuple(one for one in self.corrected if one.part in parts),
        )


def select(content: IssueContent, chosen: Collection[str], tree: RegionTree) -> Selection:
    """The parts of `content` for a reader of the regions `chosen` (codes).

    A section without regions is for everyone. A section on a region reaches a reader who
    chose that region, one of its ancestors, or one of its descendants. A section reaches
    them once, however many of its regions they chose.
    """
    found = (_select_section(section, chosen, tree) for section in content.sections)
    sections = tuple(s for s in found if s is not None)
    assessments = tuple(a for a in content.assessments if reaches(a.region, chosen, tree))
    named = _named([s.section for s in sections], assessments)
    of_incidents = _regions_of_incidents(s.section for s in sections)
    return Selection(
        sections=sections,
        assessments=assessments,
        left_out=tuple(sorted(regions_in(content) - named - of_incidents)),
        with_incidents=tuple(
            code for code in sorted(of_incidents - named) if reaches(code, chosen, tree)
        ),
    )


def corrections_of(content: IssueContent, parts: Collection[Part]) -> Selection:
    """The corrections of `content` for a reader who was sent `parts`."""
    return everything(content).limited_to(parts)


def concerned(content: IssueContent, codes: Iterable[str], tree: RegionTree) -> set[str]:
    """Those of the regions `codes` whose readers find something on them in `content`."""
    return {code for code in codes if not select(content, {code}, tree).has_nothing_regional}


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


def _select_section(
    section: SectionContent, chosen: Collection[str], tree: RegionTree
) -> SelectedSection | None:
    if not section.regions:
        return SelectedSection(section, wider=())
    relations = {
        named: {tree.relation(choice, named) for choice in chosen} - {None}
        for named in section.regions
    }
    reached = {named: found for named, found in relations.items() if found}
    if not reached:
        return None
    own = tuple(named for named, found in reached.items() if found != {Relation.WIDER})
    return SelectedSection(section, wider=() if own else tuple(reached), own=own)


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
