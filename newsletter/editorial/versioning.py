"""From the live draft to frozen content."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import gettext as _

from newsletter.editions.content import (
    AssessmentContent,
    FaceContent,
    IncidentContent,
    IssueContent,
    LogoContent,
    PictureContent,
    PublicationContent,
    RegionName,
    SectionContent,
)
from newsletter.editions.stored import content_hash, to_json
from newsletter.errors import MendTheIssue
from newsletter.models import (
    Incident,
    Issue,
    Picture,
    PictureUse,
    Section,
    SectionKind,
    Version,
    kinds_in_order,
)
from newsletter.rendering.markdown import pictures_in, to_text
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.shapes import AssessmentShape, IncidentShape, IssueShape, SectionShape
from subscribers.models import Language, Publication
from subscribers.models.texts import Texts
from subscribers.regions import RegionTree


def content_of(issue: Issue) -> IssueContent:
    """What stands in the draft of `issue` now, in a few queries whatever its length.

    Its sections stand in the order in which they are read: by kind, and inside it by position.
    """
    kinds = kinds_in_order(issue.publication.section_order)
    written = sorted(
        issue.sections.prefetch_related("regions", "incidents__regions"),
        key=lambda section: kinds.index(section.kind),
    )
    shown = {section.pk: _pictures_in(section) for section in written}
    known = Picture.objects.in_bulk(set().union(*shown.values()))
    sections = tuple(
        _section(section, [known[pk] for pk in sorted(shown[section.pk]) if pk in known])
        for section in written
    )
    assessments = tuple(
        AssessmentContent(**_columns(a, AssessmentShape), region=a.region.code)
        for a in issue.assessments.select_related("region")
    )
    return IssueContent(
        **_columns(issue, IssueShape),
        language=issue.language,
        subject_from_regions=issue.subject_from_regions,
        is_alert=issue.is_alert,
        publication=PublicationContent(**_columns(issue.publication, PublicationContent)),
        face=face_of(issue.publication),
        sections=sections,
        assessments=assessments,
        regions=_names(_named(sections, assessments), _languages(issue)),
    )


def version_of(issue: Issue, *, by: User | None) -> Version:
    """The version that holds the draft as it stands now, made if it is not there yet.

    Raises:
        MendTheIssue: there is nothing to send, or a section has no text.
    """
    content = content_of(issue)
    if problems := list(problems_of(content)):
        raise MendTheIssue(problems)
    with transaction.atomic():
        # Two editors at once take turns, so that numbers stay in order.
        Issue.objects.select_for_update().get(pk=issue.pk)
        last = issue.versions.aggregate(last=Max("number"))["last"] or 0
        version, created = issue.versions.get_or_create(
            content_hash=content_hash(content),
            defaults={"number": last + 1, "content": to_json(content), "created_by": by},
        )
        if created:
            _hold_on_to_pictures(version, content)
    return version


def _hold_on_to_pictures(version: Version, content: IssueContent) -> None:
    """Nobody can delete them from now on."""
    shown = {picture.id for section in content.sections for picture in section.pictures}
    PictureUse.objects.bulk_create(
        PictureUse(version=version, picture_id=pk) for pk in sorted(shown)
    )


def problems_of(content: IssueContent) -> Iterable[str]:
    """Why `content` cannot be sent, a sentence each; nothing when it can."""
    if not content.sections:
        yield _("This issue has no sections yet. Add at least one.")
    if content.is_alert and not any(section.regions for section in content.sections):
        yield _("This alert is about no region, so nobody would get it. Add a region section.")
    for section in content.sections:
        if not all(map(one_line, section.title.values())):
            yield _("A section has no title. Write one.")
        if not _shows_something(section):
            yield _("The section “%(title)s” has no text. Write it or remove the section.") % {
                "title": section.title
            }
        if section.kind == SectionKind.REGIONS and not section.regions:
            yield _(
                "The region section “%(title)s” has no region, so everyone would get it. "
                "Choose its regions, or another kind."
            ) % {"title": section.title}
        known = {picture.id for picture in section.pictures}
        for pk in sorted(_pictures_in(section) - known):
            yield _("The section “%(title)s” shows picture %(number)d, which is not there.") % {
                "title": section.title,
                "number": pk,
            }


def _shows_something(section: SectionContent) -> bool:
    """Whether it has a text in each language that it is in."""
    return all(pictures_in(text) or to_text(text).strip() for text in section.body.values())


def _pictures_in(section: Section | SectionContent) -> set[int]:
    return set().union(*map(pictures_in, section.body.values()))


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


def _languages(issue: Issue) -> list[str]:
    """Those that its readers may read it in."""
    return [*issue.publication.languages, *Language.values]


def _names(codes: Collection[str], languages: Iterable[str]) -> dict[str, RegionName]:
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
