"""The draft of an issue, read once for all that is asked of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from django.db.models import Model

from newsletter.audience.corrected import hashes_of_parts, parts_sent
from newsletter.audience.history import past_of
from newsletter.editions.compose import Composer
from newsletter.editions.content import (
    AssessmentContent,
    CorrectedContent,
    FaceContent,
    IncidentContent,
    IssueContent,
    LogoContent,
    PictureContent,
    PublicationContent,
    RegionName,
    SectionContent,
)
from newsletter.editions.stored import content_hash, from_json
from newsletter.models import Correction, Incident, Issue, Picture, Section, kinds_in_order
from newsletter.rendering.markdown import pictures_in
from newsletter.rendering.shapes import AssessmentShape, IncidentShape, IssueShape, SectionShape
from subscribers.models import Language, Publication
from subscribers.models.texts import Texts
from subscribers.regions import RegionTree


@dataclass(frozen=True, eq=False)
class DraftSnapshot:
    """What stood in the draft of `issue` at one moment, and what follows from it.

    Each thing is read or worked out when it is first asked for, and once.
    """

    issue: Issue
    content: IssueContent
    #: What it is the draft of, where that is a correction of the issue.
    correction: Correction | None = None

    @cached_property
    def content_hash(self) -> str:
        return content_hash(self.content)

    @cached_property
    def tree(self) -> RegionTree:
        """The regions that it names, and those of all who may read it."""
        return RegionTree.for_readers_of(self.issue.publication, self.content.regions)

    @cached_property
    def composer(self) -> Composer:
        """What makes its editions, compared with what was sent before."""
        return self.composer_with(self.tree)

    def composer_with(self, tree: RegionTree) -> Composer:
        """The same for readers of regions in `tree`."""
        if self.correction is not None:
            return Composer(self.content, tree, sent=parts_sent(self.issue, self.content))
        return Composer(self.content, tree, past_of(self.issue))


def draft_of(issue: Issue) -> DraftSnapshot:
    """The draft of `issue` as it stands now, in a few queries whatever its length."""
    sections, assessments = _sections(issue), _assessments(issue)
    content = IssueContent(
        **_columns(issue, IssueShape),
        language=issue.language,
        subject_from_regions=issue.subject_from_regions,
        is_alert=issue.is_alert,
        publication=publisher_of(issue.publication),
        face=face_of(issue.publication),
        sections=sections,
        assessments=assessments,
        regions=names_of_regions(_named(sections, assessments), _languages(issue)),
    )
    return DraftSnapshot(issue, content)


def draft_of_correction(correction: Correction) -> DraftSnapshot:
    """What `correction` says now, as it would be sent."""
    issue = correction.version.issue
    wrong = from_json(correction.version.content)
    corrections = tuple(_corrected_content(correction, wrong))
    named = {code for one in corrections for code in (*one.regions, one.region) if code}
    content = replace(
        wrong,
        subject_from_regions=False,
        publication=publisher_of(issue.publication),
        face=face_of(issue.publication),
        sections=(),
        assessments=(),
        corrections=corrections,
        corrected_on=correction.dated,
        regions={code: name for code, name in wrong.regions.items() if code in named},
    )
    return DraftSnapshot(issue, content, correction)


def publisher_of(publication: Publication) -> PublicationContent:
    """What `publication` is called and whom its mail comes from now."""
    return PublicationContent(**_columns(publication, PublicationContent))


def face_of(publication: Publication) -> FaceContent | None:
    """How `publication` looks now; None if it has chosen nothing."""
    own_accent = publication.accent_sheet
    logo = publication.logo_hash and LogoContent(
        content_hash=publication.logo_hash,
        kind=publication.logo_kind,
        width=publication.logo_width,
        height=publication.logo_height,
    )
    face = FaceContent(
        # Both as they are shown: how one is made of the other may change.
        accent=publication.light_accent if own_accent else "",
        accent_dark=publication.dark_accent if own_accent else "",
        logo_alt=publication.logo_alt if logo else Texts(),
        masthead=publication.masthead,
        masthead_place=publication.masthead_place if publication.masthead else "",
        contact=publication.contact,
        footer=publication.footer,
        measured=publication.measured,
        logo=logo or None,
    )
    return face if any(getattr(face, field.name) for field in fields(face)) else None


def _sections(issue: Issue) -> tuple[SectionContent, ...]:
    """In the order in which they are read: by kind, and inside it by position."""
    written = issue.sections.prefetch_related("regions", "incidents__regions")
    kinds = kinds_in_order(issue.publication.section_order)
    in_order = sorted(written, key=lambda section: kinds.index(section.kind))
    shown = {section.pk: sorted(_pictures_in(section)) for section in in_order}
    known = Picture.objects.in_bulk(set().union(*shown.values()))
    return tuple(
        _section(section, [known[pk] for pk in shown[section.pk] if pk in known])
        for section in in_order
    )


def _assessments(issue: Issue) -> tuple[AssessmentContent, ...]:
    return tuple(
        AssessmentContent(**_columns(one, AssessmentShape), region=one.region.code)
        for one in issue.assessments.select_related("region")
    )


def _pictures_in(section: Section) -> set[int]:
    return set().union(*map(pictures_in, section.body.values()))


def _section(section: Section, pictures: Iterable[Picture]) -> SectionContent:
    return SectionContent(
        **_columns(section, SectionShape),
        regions=_codes(section),
        incidents=tuple(
            IncidentContent(**_columns(one, IncidentShape), id=one.pk, regions=_codes(one))
            for one in section.incidents.all()
        ),
        pictures=tuple(PictureContent(**_columns(picture, PictureContent)) for picture in pictures),
    )


def _columns(row: Model, shape: type[Any]) -> dict[str, Any]:
    """What `row` holds of the fields of `shape`, which are called the same."""
    return {field.name: getattr(row, field.name) for field in fields(shape)}


def _codes(row: Section | Incident) -> tuple[str, ...]:
    return tuple(sorted(region.code for region in row.regions.all()))


def _named(
    sections: Iterable[SectionContent], assessments: Iterable[AssessmentContent]
) -> set[str]:
    codes = {assessment.region for assessment in assessments}
    for section in sections:
        codes.update(section.regions)
        for incident in section.incidents:
            codes.update(incident.regions)
    return codes


def _corrected_content(correction: Correction, wrong: IssueContent) -> Iterator[CorrectedContent]:
    sections = {section.id: section for section in wrong.sections}
    said = hashes_of_parts(wrong)
    for one in correction.parts.all():
        section = sections.get(one.section) if one.section else None
        yield CorrectedContent(
            section=one.section,
            title=section.title if section else Texts(),
            region=one.region,
            regions=section.regions if section else (),
            wrong=one.wrong,
            right=one.right,
            said=said[one.part],
        )


def _languages(issue: Issue) -> list[str]:
    """Those that its readers may read it in."""
    return [*issue.publication.languages, *Language.values]


def names_of_regions(codes: Collection[str], languages: Iterable[str]) -> dict[str, RegionName]:
    """What content says of the regions `codes`, by code: their names in `languages`."""
    tree, wanted = RegionTree.around(codes), list(dict.fromkeys(languages))
    return {
        code: RegionName(code, _names_of(code, wanted, tree), tree.country(code))
        for code in sorted(codes)
    }


def _names_of(code: str, languages: Iterable[str], tree: RegionTree) -> dict[str, str]:
    """Its name in English, and in those of `languages` in which it is called otherwise."""
    english = tree.name(code, "en")
    names = {language: tree.name(code, language) for language in languages}
    return {"en": english, **{tag: name for tag, name in names.items() if name != english}}
