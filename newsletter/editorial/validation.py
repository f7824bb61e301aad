"""What an issue lacks before it can be sent."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from newsletter.editions.content import IssueContent, SectionContent
from newsletter.models import SectionKind
from newsletter.rendering.markdown import pictures_in, to_text
from newsletter.rendering.sanitize import one_line
from subscribers.languages import name_of


def problems_of(content: IssueContent) -> Iterable[str]:
    """Why `content` cannot be sent, a sentence each; nothing when it can."""
    if content.is_correction:
        yield from _problems_of_correction(content)
        return
    if not content.sections:
        yield _("This issue has no sections yet. Add at least one.")
    if content.is_alert and not any(section.regions for section in content.sections):
        yield _("This alert is about no region, so nobody would get it. Add a region section.")
    for section in content.sections:
        yield from _problems_of(section)


def _problems_of_correction(content: IssueContent) -> Iterable[str]:
    for one in content.corrections:
        for said in (one.wrong, one.right):
            if content.language not in said:
                yield _("Write the correction in %(language)s, the language of the issue.") % {
                    "language": name_of(content.language)
                }
                return


def _problems_of(section: SectionContent) -> Iterable[str]:
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
    for pk in _missing_pictures(section):
        yield _("The section “%(title)s” shows picture %(number)d, which is not there.") % {
            "title": section.title,
            "number": pk,
        }


def _shows_something(section: SectionContent) -> bool:
    """Whether it has a text in each language that it is in."""
    return all(pictures_in(text) or to_text(text).strip() for text in section.body.values())


def _missing_pictures(section: SectionContent) -> list[int]:
    shown = set().union(*map(pictures_in, section.body.values()))
    return sorted(shown - {picture.id for picture in section.pictures})
