"""What is wrong with an edition that a program can see.

A fault stops the mail; a doubt is shown, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.editions.parsing import Parsed
from newsletter.editions.weight import GMAIL_CLIPS_AT, HEAVY, wire_size
from newsletter.rendering.copies import SomeEdition
from newsletter.rendering.slots import CLOSE, OPEN, Slot
from subscribers.languages import name_of, nearest, spoken_to

#: Characters of the subject that most programs show in a list of emails.
LONG_SUBJECT = 70
LINK_SCHEMES = ("https", "http", "mailto")

_PLACEHOLDER = re.compile(r"\b(?:TK|TKTK|TODO|XXX+|FIXME|[Ll]orem [Ii]psum|LOREM IPSUM)\b")
_ADDRESS = re.compile(r"\b\w+://\S+")
_MARK = re.compile(f"{OPEN}([a-z_]*){CLOSE}")


@dataclass(frozen=True)
class Remark:
    """A sentence for the editor."""

    text: str
    #: Whether it stops the mail.
    is_fault: bool


def lint_edition(edition: SomeEdition, page: Parsed) -> list[Remark]:
    """What is wrong with `edition`, its marks still unfilled and its HTML `page`; faults first."""
    faults = (
        *_too_long(edition),
        *_pictures(page),
        *_anchors(page),
        *_links(page),
        *_placeholders(edition),
        *_marks(edition),
        *_no_subject(edition),
    )
    doubts = (*_long(edition), *_long_subject(edition), *_other_language(edition, page))
    return [Remark(f, is_fault=True) for f in faults] + [Remark(d, is_fault=False) for d in doubts]


def _too_long(edition: SomeEdition) -> Iterator[str]:
    size = wire_size(edition.html)
    if size > GMAIL_CLIPS_AT:
        yield _("The mail has %(size)s, and Gmail would cut it: %(most)s at most. Shorten it.") % {
            "size": filesizeformat(size),
            "most": filesizeformat(GMAIL_CLIPS_AT),
        }


def _long(edition: SomeEdition) -> Iterator[str]:
    size = wire_size(edition.html)
    if HEAVY < size <= GMAIL_CLIPS_AT:
        yield _("The email is %(size)s, which is a lot.") % {"size": filesizeformat(size)}


def _pictures(page: Parsed) -> Iterator[str]:
    if number := page.pictures_without_words:
        text = ngettext(
            "%(number)d picture has no words for those who do not see it.",
            "%(number)d pictures have no words for those who do not see them.",
            number,
        )
        yield text % {"number": number}


def _anchors(page: Parsed) -> Iterator[str]:
    for link in page.links:
        if link.startswith("#") and link[1:] not in page.targets:
            yield _("A link leads to “%(place)s”, which is not in the email.") % {"place": link}


def _links(page: Parsed) -> Iterator[str]:
    for link in page.links:
        if not link.startswith(("#", OPEN)) and not _leads_somewhere(link):
            yield _("“%(link)s” is not an address that an email can link to.") % {"link": link}


def _leads_somewhere(link: str) -> bool:
    try:
        url = urlsplit(link)
    except ValueError:
        return False
    if url.scheme == "mailto":
        return "@" in url.path
    return url.scheme in LINK_SCHEMES and bool(url.hostname) and not re.search(r"\s", link)


def _placeholders(edition: SomeEdition) -> Iterator[str]:
    said = _ADDRESS.sub(" ", f"{edition.subject}\n{edition.text}")
    for word in dict.fromkeys(_PLACEHOLDER.findall(said)):
        yield _("Placeholder “%(word)s” left in the text.") % {"word": word}


def _marks(edition: SomeEdition) -> Iterator[str]:
    known = {slot.value for slot in Slot}
    for part in (edition.subject, edition.html, edition.text):
        unknown = set(_MARK.findall(part)) - known
        if unknown or not {OPEN, CLOSE}.isdisjoint(_MARK.sub("", part)):
            yield _("Unknown placeholder in this edition.")
            return


def _no_subject(edition: SomeEdition) -> Iterator[str]:
    if not edition.subject.strip():
        yield _("The email has no subject.")


def _long_subject(edition: SomeEdition) -> Iterator[str]:
    if len(edition.subject) > LONG_SUBJECT:
        yield _("The subject has %(length)d characters; many programs show %(most)d.") % {
            "length": len(edition.subject),
            "most": LONG_SUBJECT,
        }


def _other_language(edition: SomeEdition, page: Parsed) -> Iterator[str]:
    theirs = [edition.language, spoken_to(edition.language)]
    for code in sorted(page.languages):
        if not nearest(code, theirs):
            yield _("Some of it is in %(language)s only.") % {"language": name_of(code)}
