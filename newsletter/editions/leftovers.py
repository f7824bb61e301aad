"""Doubts about what people typed or pasted: what readers would see as it stands, with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from newsletter.editions.content import (
    IncidentContent,
    IssueContent,
    SectionContent,
    texts_in,
)
from newsletter.rendering import markdown
from newsletter.rendering.sanitize import sanitized
from newsletter.rendering.words import quoted
from subscribers.languages import name_of
from subscribers.listing import listed
from subscribers.models.texts import Texts

#: Markup that came to nothing, of Markdown, HTML, tables and other services' placeholders.
_MARKUP = re.compile(
    r"[•◦▪‣●○■`\t]|!?\[[^\[\]\n]{0,60}\]\([^\s)]{0,60}\)?|\]\(|!\[|\*\*|\A#{1,6}\w+"
    r"|&(?:[A-Za-z]{2,8}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});|</?[A-Za-z][^<>\n]{0,60}>"
    r"|\|(?:[ :]*-{3,}[ :]*\|)+|\{\{[^{}\n]{0,40}\}\}|\|[A-Z_:]{2,40}\|"
)
#: What has no width. Joiners shape letters and emoji of some scripts, between Latin letters none.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2060\ufeff]|(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])")
#: Text that reads as the address of a page.
_ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/?#:]\S*)?", re.IGNORECASE)
#: As many as are told of one text.
_MOST = 5


@dataclass(frozen=True)
class _Typed:
    """One text of an issue."""

    #: Where it stands, for an editor to find it.
    place: str
    text: str
    is_markdown: bool = False


def leftovers(content: IssueContent) -> Iterator[str]:
    """What is left over in the texts of `content`, and links that are not what they say."""
    for typed in _typed(content):
        yield from _left_over(typed)
        if typed.is_markdown:
            yield from _disguised_links(typed)
    yield from _disguised_sources(content)


def in_section(incident: IncidentContent, section: SectionContent) -> str:
    """How an editor knows `incident` again."""
    return _("“%(incident)s” in “%(section)s”") % {
        "incident": Truncator(str(incident.summary)).chars(40),
        "section": section.title,
    }


def _left_over(typed: _Typed) -> Iterator[str]:
    shown = markdown.said_in(typed.text) if typed.is_markdown else [sanitized(typed.text)]
    found = [match for paragraph in shown for match in _MARKUP.findall(paragraph)]
    names = [_("a tab") if markup == "\t" else quoted(markup) for markup in found]
    if _INVISIBLE.search(typed.text):
        names.append(_("an invisible character"))
    if names:
        yield _("Left over in %(place)s: %(what)s.") % {
            "place": typed.place,
            "what": listed(list(dict.fromkeys(names))[:_MOST]),
        }


def _disguised_links(typed: _Typed) -> Iterator[str]:
    for text, address in markdown.links_in(typed.text):
        if _ADDRESS.fullmatch(text) and _host(markdown.address_of(text)) != _host(address):
            yield _("In %(place)s, the link “%(text)s” leads to another address: %(address)s.") % {
                "place": typed.place,
                "text": text,
                "address": address,
            }
        if _has_user(address):
            yield _user_in(address, typed.place)


def _disguised_sources(content: IssueContent) -> Iterator[str]:
    for section in content.sections:
        for incident in section.incidents:
            if _has_user(incident.source_url):
                place = _in_language(in_section(incident, section), content.language)
                yield _user_in(incident.source_url, place)


def _user_in(address: str, place: str) -> str:
    return _("In %(place)s, %(address)s has a user name, which hides where it leads.") % {
        "place": place,
        "address": address,
    }


def _has_user(address: str) -> bool:
    return not address.startswith("mailto:") and "@" in urlsplit(address).netloc


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _typed(content: IssueContent) -> Iterator[_Typed]:
    yield from _said_in(content.title, _("the title"))
    yield from _said_in(content.subject, _("the subject"))
    for section in content.sections:
        place = quoted(str(section.title))
        yield from _said_in(section.title, place)
        yield from _said_in(section.body, place, is_markdown=True)
        for incident in section.incidents:
            for text in texts_in(incident):
                yield from _said_in(text, in_section(incident, section))
    for assessment in content.assessments:
        region = content.regions[assessment.region].in_active_language
        place = _("the assessment of %(region)s") % {"region": region}
        for text in texts_in(assessment):
            yield from _said_in(text, place)


def _said_in(texts: Texts, place: str, *, is_markdown: bool = False) -> Iterator[_Typed]:
    for language, words in texts.items():
        yield _Typed(_in_language(place, language), words, is_markdown)


def _in_language(place: str, language: str) -> str:
    return _("%(place)s (%(language)s)") % {"place": place, "language": name_of(language)}
