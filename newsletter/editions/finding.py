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
    titles: frozenset[str]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """One part of a mail as it is read, and the sections and titles that are marked in it."""

    letters: str
    marked: frozenset[int] | None
    headings: frozenset[str]


class Finder:
    """Finds the sections of one version in the editions that were composed from it."""

    def __init__(self, content: IssueContent) -> None:
        self._in_html = {s.id: _words(s, _of_html_body) for s in content.sections}
        self._in_text = {s.id: _words(s, markdown.to_text) for s in content.sections}
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
        titles = {title for number in allowed for title in sections[number].titles}
        complete = (n for n in allowed if _is_whole(n, sections[n], part))
        foreign = (
            n
            for n, words in sections.items()
            if n not in allowed and _left_a_trace(n, words, part, accounted, titles)
        )
        return frozenset([*complete, *foreign])


def _is_whole(number: int, words: _Words, part: _Part) -> bool:
    marked = part.marked is None or number in part.marked
    return marked and all(any(t in part.letters for t in told) for told in words.told)


def _left_a_trace(
    number: int, words: _Words, part: _Part, accounted: str, titles: Collection[str]
) -> bool:
    if part.marked is not None and number in part.marked:
        return True
    if not words.titles.intersection(titles) and words.titles & part.headings:
        return True
    return any(piece in part.letters and piece not in accounted for piece in words.pieces)


def _said_by(sections: Mapping[int, _Words], numbers: Collection[int]) -> Iterator[str]:
    for number in numbers:
        for told in sections[number].told:
            yield from told


def _words(section: SectionContent, of_body: Callable[[str], str]) -> _Words:
    titles = _letters_of(section, "title")
    bodies = tuple(_letters(of_body(body)) for body in _wordings(section, "body"))
    summaries = tuple(_letters_of(incident, "summary") for incident in section.incidents)
    told = (titles, bodies, *summaries)
    pieces = (piece for texts in told[1:] for text in texts for piece in _cut(text))
    return _Words(told, frozenset(titles), tuple(pieces))


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
    return _Part(
        letters=_letters(_without_tags(part)),
        marked=frozenset(map(int, _PART.findall(part))),
        headings=frozenset(),
    )


def _read_text(part: str) -> _Part:
    headings = frozenset(_letters(lines) for lines in _HEADING.findall(part))
    return _Part(letters=_letters(part), marked=None, headings=headings)


def _of_html_body(body: str) -> str:
    return _without_tags(markdown.to_html(body))


def _without_tags(part: str) -> str:
    """All that can be read in `part`, comments and the words for pictures too."""
    shown = _COMMENT.sub("", part)
    return html.unescape("\n".join([_TAG.sub("", shown), *_READ_ALOUD.findall(shown)]))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())
