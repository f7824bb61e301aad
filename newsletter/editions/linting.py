"""What is wrong with an edition that a program can see.

A fault stops the mail; a doubt is shown, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from django.db.models import TextChoices
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from newsletter.editions.parsing import Parsed
from newsletter.editions.pieces import EditionInPieces
from newsletter.rendering.copies import SomeEdition
from newsletter.rendering.slots import CLOSE, OPEN, Slot
from newsletter.rendering.weight import GMAIL_CLIPS_AT, HEAVY, size_of_runs, wire_size
from subscribers.languages import name_of, nearest, spoken_to

#: Characters of the subject that most programs show in a list of emails.
LONG_SUBJECT = 70
LINK_SCHEMES = ("https", "http", "mailto")

_PLACEHOLDER = re.compile(r"\b(?:TK|TKTK|TODO|XXX+|FIXME|[Ll]orem [Ii]psum|LOREM IPSUM)\b")
_ADDRESS = re.compile(r"\b\w+://\S+")
_MARK = re.compile(f"{OPEN}([a-z_]*){CLOSE}")


class Flaw(TextChoices):
    """What a program can find, as a code: a sentence is made of it when somebody reads it."""

    TOO_LONG = (
        "too_long",
        _("The mail has %(size)s, and Gmail would cut it: %(most)s at most. Shorten it."),
    )
    PICTURES = (
        "pictures",
        ngettext_lazy(
            "%(number)d picture has no words for those who do not see it.",
            "%(number)d pictures have no words for those who do not see them.",
            "number",
        ),
    )
    ANCHOR = "anchor", _("A link leads to “%(place)s”, which is not in the email.")
    LINK = "link", _("“%(link)s” is not an address that an email can link to.")
    PLACEHOLDER = "placeholder", _("Placeholder “%(word)s” left in the text.")
    MARK = "mark", _("Unknown placeholder in this edition.")
    NO_SUBJECT = "no_subject", _("The email has no subject.")
    # From here on, doubts.
    LONG = "long", _("The email is %(size)s, which is a lot.")
    LONG_SUBJECT = (
        "long_subject",
        _("The subject has %(length)d characters; many programs show %(most)d."),
    )
    OTHER_LANGUAGE = "other_language", _("Some of it is in %(language)s only.")


DOUBTS = (Flaw.LONG, Flaw.LONG_SUBJECT, Flaw.OTHER_LANGUAGE)

#: How a parameter is told, where not as it is stored.
TOLD: Mapping[Flaw, Callable[[Any], str]] = {
    Flaw.TOO_LONG: filesizeformat,
    Flaw.LONG: filesizeformat,
    Flaw.OTHER_LANGUAGE: name_of,
}


@dataclass(frozen=True)
class Remark:
    """Something to tell the editor."""

    flaw: Flaw
    #: What its sentence names, as JSON can hold it.
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_fault(self) -> bool:
        """Whether it stops the mail."""
        return self.flaw not in DOUBTS

    @property
    def text(self) -> str:
        """The sentence, in the language that is active."""
        told = TOLD.get(self.flaw)
        about = {name: told(value) if told else value for name, value in self.about.items()}
        return str(self.flaw.label % about)

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"flaw": self.flaw.value, "about": dict(self.about)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The one that was made :attr:`plain`."""
        return cls(Flaw(plain["flaw"]), plain["about"])


def lint_edition(edition: SomeEdition, page: Parsed) -> list[Remark]:
    """What is wrong with `edition`, its marks still unfilled and its HTML `page`; faults first."""
    return [
        *_too_long(size := wire_size(edition.html)),
        *_pictures(page),
        *_anchors(page),
        *_links(page),
        *_placeholders(edition),
        *_marks(edition),
        *_no_subject(edition.subject),
        *_long(size),
        *_long_subject(edition.subject),
        *_other_language(edition, page),
    ]


def lint_what_is_its_own(edition: EditionInPieces) -> list[Remark]:
    """Of the same, what an edition may have wrong though all of its parts are sound."""
    size = size_of_runs(edition.html_runs)
    subject = edition.subject
    if size <= HEAVY and subject.strip() and len(subject) <= LONG_SUBJECT:
        return []
    return [*_too_long(size), *_no_subject(subject), *_long(size), *_long_subject(subject)]


def _too_long(size: int) -> Iterator[Remark]:
    if size > GMAIL_CLIPS_AT:
        yield Remark(Flaw.TOO_LONG, {"size": size, "most": GMAIL_CLIPS_AT})


def _long(size: int) -> Iterator[Remark]:
    if HEAVY < size <= GMAIL_CLIPS_AT:
        yield Remark(Flaw.LONG, {"size": size})


def _pictures(page: Parsed) -> Iterator[Remark]:
    if number := page.pictures_without_words:
        yield Remark(Flaw.PICTURES, {"number": number})


def _anchors(page: Parsed) -> Iterator[Remark]:
    for link in page.links:
        if link.startswith("#") and link[1:] not in page.targets:
            yield Remark(Flaw.ANCHOR, {"place": link})


def _links(page: Parsed) -> Iterator[Remark]:
    for link in page.links:
        if not link.startswith(("#", OPEN)) and not _leads_somewhere(link):
            yield Remark(Flaw.LINK, {"link": link})


def _leads_somewhere(link: str) -> bool:
    try:
        url = urlsplit(link)
    except ValueError:
        return False
    if url.scheme == "mailto":
        return "@" in url.path
    return url.scheme in LINK_SCHEMES and bool(url.hostname) and not re.search(r"\s", link)


def _placeholders(edition: SomeEdition) -> Iterator[Remark]:
    said = _ADDRESS.sub(" ", f"{edition.subject}\n{edition.text}")
    for word in dict.fromkeys(_PLACEHOLDER.findall(said)):
        yield Remark(Flaw.PLACEHOLDER, {"word": word})


def _marks(edition: SomeEdition) -> Iterator[Remark]:
    known = {slot.value for slot in Slot}
    for part in (edition.subject, edition.html, edition.text):
        unknown = set(_MARK.findall(part)) - known
        if unknown or not {OPEN, CLOSE}.isdisjoint(_MARK.sub("", part)):
            yield Remark(Flaw.MARK)
            return


def _no_subject(subject: str) -> Iterator[Remark]:
    if not subject.strip():
        yield Remark(Flaw.NO_SUBJECT)


def _long_subject(subject: str) -> Iterator[Remark]:
    if len(subject) > LONG_SUBJECT:
        about = {"length": len(subject), "most": LONG_SUBJECT}
        yield Remark(Flaw.LONG_SUBJECT, about)


def _other_language(edition: SomeEdition, page: Parsed) -> Iterator[Remark]:
    theirs = [edition.language, spoken_to(edition.language)]
    for code in sorted(page.languages):
        if not nearest(code, theirs):
            yield Remark(Flaw.OTHER_LANGUAGE, {"language": code})
