"""From the live draft to frozen content."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from newsletter.editions.content import (
    AssessmentContent,
    IncidentContent,
    IssueContent,
    PictureContent,
    PublicationContent,
    RegionName,
    SectionContent,
    content_hash,
)
from newsletter.errors import MendTheIssue
from newsletter.models import Incident, Issue, Picture, PictureUse, Section, SectionKind, Version
from newsletter.rendering.markdown import pictures_in, to_text
from newsletter.rendering.typed import one_line
from subscribers.regions import RegionTree


def content_of(issue: Issue) -> IssueContent:
    """What stands in the draft of `issue` now, in a few queries whatever its length.

    Its sections stand in the order in which they are read: by kind, and inside it by position.
    """
    written = sorted(
        issue.sections.prefetch_related("regions", "incidents__regions"), key=_place_in_a_mail
    )
    shown = {section.pk: _pictures_in(section) for section in written}
    known = Picture.objects.in_bulk(set().union(*shown.values()))
    sections = tuple(
        _section(section, [known[pk] for pk in sorted(shown[section.pk]) if pk in known])
        for section in written
    )
    assessments = tuple(
        AssessmentContent(
            region=a.region.code,
            trend=a.trend,
            reason=a.reason,
            count=a.count,
            previous_count=a.previous_count,
            counted=a.counted,
            translated_reason=a.translated_reason,
            translated_counted=a.translated_counted,
        )
        for a in issue.assessments.select_related("region")
    )
    return IssueContent(
        language=issue.language,
        title=issue.title,
        translated_title=issue.translated_title,
        subject=issue.subject,
        translated_subject=issue.translated_subject,
        subject_from_regions=issue.subject_from_regions,
        dated=issue.dated,
        cutoff_on=issue.cutoff_on,
        publication=PublicationContent(
            name=issue.publication.name,
            postal_address=issue.publication.postal_address,
            privacy_url=issue.publication.privacy_url,
            from_name=issue.publication.from_name,
            from_address=issue.publication.from_address,
            reply_to=issue.publication.reply_to,
        ),
        sections=sections,
        assessments=assessments,
        regions=_names(_named(sections, assessments)),
    )


def version_of(issue: Issue, *, by: User | None) -> Version:
    """The version that holds the draft as it stands now, made if it is not there yet.

    Raises:
        MendTheIssue: there is nothing to send, or a section has no text.
    """
    content = content_of(issue)
    if problems := list(problems_of(content)):
        raise MendTheIssue(problems)
    plain = content.to_json()
    with transaction.atomic():
        # Two editors at once take turns, so that numbers stay in order.
        Issue.objects.select_for_update().get(pk=issue.pk)
        last = issue.versions.aggregate(last=Max("number"))["last"] or 0
        version, created = issue.versions.get_or_create(
            content_hash=content_hash(plain),
            defaults={"number": last + 1, "content": plain, "created_by": by},
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
    for section in content.sections:
        if not one_line(section.title):
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
    """Whether it has a text, and a translation if it is translated."""
    texts = [section.body, *filter(None, [section.translated_body])]
    return all(pictures_in(text) or to_text(text).strip() for text in texts)


def _place_in_a_mail(section: Section) -> int:
    return SectionKind.values.index(section.kind)


def _pictures_in(section: Section | SectionContent) -> set[int]:
    return pictures_in(section.body) | pictures_in(section.translated_body)


def _section(section: Section, pictures: Iterable[Picture]) -> SectionContent:
    return SectionContent(
        id=section.pk,
        kind=section.kind,
        title=section.title,
        body=section.body,
        regions=tuple(sorted(region.code for region in section.regions.all())),
        incidents=tuple(_incident(incident) for incident in section.incidents.all()),
        translated_title=section.translated_title,
        translated_body=section.translated_body,
        pictures=tuple(map(_picture, pictures)),
    )


def _picture(picture: Picture) -> PictureContent:
    return PictureContent(
        id=picture.pk,
        content_hash=picture.content_hash,
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        alt=picture.alt,
    )


def _incident(incident: Incident) -> IncidentContent:
    return IncidentContent(
        id=incident.pk,
        date_start=incident.date_start,
        date_end=incident.date_end,
        date_precision=incident.date_precision,
        regions=tuple(sorted(region.code for region in incident.regions.all())),
        place=incident.place,
        event_type=incident.event_type,
        actor1=incident.actor1,
        actor2=incident.actor2,
        toll_low=incident.toll_low,
        toll_high=incident.toll_high,
        summary=incident.summary,
        source_url=incident.source_url,
        as_of=incident.as_of,
        translated_place=incident.translated_place,
        translated_event_type=incident.translated_event_type,
        translated_actor1=incident.translated_actor1,
        translated_actor2=incident.translated_actor2,
        translated_summary=incident.translated_summary,
    )


def _named(
    sections: Iterable[SectionContent], assessments: Iterable[AssessmentContent]
) -> set[str]:
    codes = {assessment.region for assessment in assessments}
    for section in sections:
        codes.update(section.regions)
        for incident in section.incidents:
            codes.update(incident.regions)
    return codes


def _names(codes: Collection[str]) -> dict[str, RegionName]:
    tree = RegionTree.around(codes)
    return {
        code: RegionName(
            code=code,
            en=tree.name(code, "en"),
            fr=tree.name(code, "fr"),
            country=tree.country(code),
        )
        for code in sorted(codes)
    }
