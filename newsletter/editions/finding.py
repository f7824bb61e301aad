"""Which sections stand in the bytes of an edition: found by reading them, not by asking.

Nothing here knows how an edition was chosen or composed. What a section says is looked for in
the two parts of the mail, letter by letter without spaces and marks, so that neither line ends
nor markup stand between. Of a section that may be there all of it has to be; of any other a
line's worth is enough, unless the sections that may be there say the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields

from newsletter.editions.content import IncidentContent, IssueContent, SectionContent
from newsletter.rendering import markdown
from subscribers.models import MailFormat

#: Letters in a row by which a text is known again: foreign text twice as long is always found.
PIECE = 40
#: What is shorter may stand in a mail by chance.
SHORTEST = 20

_COMMENT = re.compile(r"<!--|-->")
_READ_ALOUD = re.compile(r'\s(?:alt|title|aria-label)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_NO_LETTER = re.compile(r"\W+")
_PART = re.compile(r'\sid="part-(\d+)"')
#: Lines over a rule: how the text part sets its headings.
_HEADING = re.compile(r"^((?:.+\n)+?)(?:-{2,}|={2,})$", re.MULTILINE)


@dataclass(frozen=True)
class _Words:
    """What one section says in one part of a mail."""

    #: Its title, its text and what its incidents say, each in every language it is written in.
    told: tuple[tuple[str, ...], ...]
    pieces: tuple[str, ...]
    #: What its heading is known by: its id in HTML, its title in text.
    marks: frozenset[str]


@dataclass(frozen=True)
class _Part:
    """One part of a mail as it is read, and what its headings are known by."""

    letters: str
    marks: frozenset[str]


class Finder:
    """Finds the sections of one version in the editions that were composed from it."""

    def __init__(self, content: IssueContent) -> None:
        self._in_html = {s.id: _words_in_html(s) for s in content.sections}
        self._in_text = {s.id: _words_in_text(s) for s in content.sections}
        self._common = "\0".join(map(_letters, _common(content)))

    def sections_in(
        self, mail_format: str, html_part: str, text_part: str, allowed: Collection[int]
    ) -> frozenset[int]:
        """Ids of the sections that an edition holds, where it may hold those `allowed`.

        One of those counts if all of it is in each part of the mail; any other, if some of it
        is in one of them.
        """
        found = self._found(_read_text(text_part), self._in_text, allowed)
        if mail_format != MailFormat.HTML:
            return found
        in_html = self._found(_read_html(html_part), self._in_html, allowed)
        return (found & in_html) | ((found | in_html) - frozenset(allowed))

    def _found(
        self, part: _Part, sections: Mapping[int, _Words], allowed: Collection[int]
    ) -> frozenset[int]:
        accounted = "\0".join([self._common, *_said_by(sections, allowed)])
        foreign_marks = part.marks.difference(*(sections[number].marks for number in allowed))
        whole = (n for n in allowed if _is_whole(sections[n], part))
        foreign = (
            number
            for number, words in sections.items()
            if number not in allowed
            and (words.marks & foreign_marks or _left_a_trace(words, part.letters, accounted))
        )
        return frozenset([*whole, *foreign])


def _is_whole(words: _Words, part: _Part) -> bool:
    told = all(any(text in part.letters for text in texts) for texts in words.told)
    return told and not words.marks.isdisjoint(part.marks)


def _left_a_trace(words: _Words, letters: str, accounted: str) -> bool:
    return any(piece in letters and piece not in accounted for piece in words.pieces)


def _said_by(sections: Mapping[int, _Words], numbers: Collection[int]) -> Iterator[str]:
    for number in numbers:
        for told in sections[number].told:
            yield from told


def _words_in_html(section: SectionContent) -> _Words:
    told = _told(section, lambda body: _without_tags(markdown.to_html(body)))
    return _Words(told, _pieces(told), marks=frozenset([str(section.id)]))


def _words_in_text(section: SectionContent) -> _Words:
    told = _told(section, markdown.to_text)
    return _Words(told, _pieces(told), marks=frozenset(_letters_of(section, "title")))


def _told(section: SectionContent, rendered: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    bodies = tuple(_letters(rendered(body)) for body in _wordings(section, "body"))
    summaries = (_letters_of(incident, "summary") for incident in section.incidents)
    return (_letters_of(section, "title"), bodies, *summaries)


def _pieces(told: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Not of the title, which may be made of names that stand in any mail."""
    return tuple(piece for texts in told[1:] for text in texts for piece in _cut(text))


def _wordings(part: SectionContent | IncidentContent, name: str) -> list[str]:
    """The field `name` in every language it is written in."""
    same = (f.name for f in fields(part) if f.name.removeprefix("translated_") == name)
    return [text for text in (getattr(part, field) for field in same) if text]


def _letters_of(part: SectionContent | IncidentContent, name: str) -> tuple[str, ...]:
    return tuple(_letters(text) for text in _wordings(part, name))


def _cut(text: str) -> Iterator[str]:
    if len(text) < SHORTEST:
        return
    for start in range(0, len(text) - PIECE, PIECE):
        yield text[start : start + PIECE]
    yield text[-PIECE:]


def _common(content: IssueContent) -> Iterator[str]:
    """What any edition may say, whatever its sections."""
    yield from (content.title, content.subject, content.publication.name)
    yield from (assessment.reason for assessment in content.assessments)
    for region in content.regions.values():
        yield from (region.en, region.fr)


def _read_html(part: str) -> _Part:
    return _Part(_letters(_without_tags(part)), marks=frozenset(_PART.findall(part)))


def _read_text(part: str) -> _Part:
    return _Part(_letters(part), marks=frozenset(map(_letters, _HEADING.findall(part))))


def _without_tags(part: str) -> str:
    """All that can be read in `part`, comments and the words for pictures too."""
    shown = _COMMENT.sub("", part)
    return html.unescape("\n".join([_TAG.sub("", shown), *_READ_ALOUD.findall(shown)]))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())
