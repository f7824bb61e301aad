"""Which parts of an issue stand in the bytes of an edition: found by reading them, not by asking.

What a part says is rendered as the edition renders it, and looked for in both formats of the
mail, letter by letter without spaces and marks, so that neither line ends nor markup stand
between. Of a part that may be there all of it has to be. Of any other a line's worth is enough,
unless the edition would say the same without it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils import translation

from newsletter.editions.content import IssueContent, texts_in
from newsletter.editions.parsing import Parsed, parse
from newsletter.editions.selection import PartKey, everything
from newsletter.editions.viewing import Viewing
from newsletter.rendering.copies import SomeEdition
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.sections import SectionView
from newsletter.rendering.trends import TrendView
from newsletter.rendering.view import sanitized_view
from subscribers.languages import spoken_to
from subscribers.models import MailFormat

#: Letters in a row by which a text is known again: foreign text twice as long is always found.
PIECE = 40

_NO_LETTER = re.compile(r"\W+")
#: The id of a section's heading.
_ID = re.compile(r"part-(\d+)")


@dataclass(frozen=True)
class _Reading:
    """One format of a mail as it is read, and the headings in it."""

    letters: str
    headings: frozenset[str]


@dataclass(frozen=True)
class _Told:
    """What a part says in one language and format."""

    #: An id in HTML, the title in text; empty if it has none.
    heading: str
    #: Each of its texts, which follow each other with other words between.
    texts: tuple[str, ...]

    def is_whole_in(self, reading: _Reading) -> bool:
        has_heading = not self.heading or self.heading in reading.headings
        return has_heading and all(text in reading.letters for text in self.texts)


#: By part and format, what readers of one language are told.
ToldInFormats = Mapping[PartKey, Mapping[str, _Told]]


class Finder:
    """Finds the parts of one version in the editions that were composed from it."""

    def __init__(self, content: IssueContent) -> None:
        self._content = content
        self._told: dict[str, ToldInFormats] = {}
        self._known_by: dict[str, Mapping[PartKey, frozenset[str]]] = {}
        self._indexes: dict[str, Mapping[str, frozenset[PartKey]]] = {}
        self._short: dict[str, Mapping[str, frozenset[PartKey]]] = {}

    def parts_in(
        self,
        edition: SomeEdition,
        page: Parsed,
        allowed: Collection[PartKey],
        sound: Callable[[], SomeEdition],
    ) -> frozenset[PartKey]:
        """The parts that `edition` holds, whose HTML is `page`, where it may hold those `allowed`.

        One of those counts if all of it is in each format of the mail; any other, if some of it
        is in one of them. What `sound()` says too, the same edition with nothing in it but what
        is allowed, is no trace of another part.
        """
        reading = _read(edition, page)
        told = self._told_in(edition.language)
        whole = {p for p in allowed if all(told[p][f].is_whole_in(r) for f, r in reading.items())}
        suspects = {
            part: traces
            for part in self._suspects(edition.language, reading) - set(allowed)
            if (traces := self._traces(part, edition.language, reading))
        }
        if not suspects:
            return frozenset(whole)
        expected = sound()
        if (expected.html, expected.text) == (edition.html, edition.text):
            # All that is suspected is said without them too.
            return frozenset(whole)
        innocent = _read(expected, parse(expected.html))
        leaked = {
            p
            for p, traces in suspects.items()
            if traces - self._traces(p, edition.language, innocent)
        }
        return frozenset(whole | leaked)

    def is_whole(self, part: PartKey, said: str, language: str, mail_format: str) -> bool:
        """Whether what is `said` of `part`, in HTML or in text, is all of it."""
        return self._told_in(language)[part][mail_format].is_whole_in(_reading(said, mail_format))

    def traces_beside(
        self, part: PartKey | None, said: str, language: str, mail_format: str
    ) -> frozenset[PartKey]:
        """The parts of which a line's worth, or the mark of a heading, is in what is `said`.

        It is said of `part`, or by the frame: what that says itself is no trace of another.
        """
        reading = _reading(said, mail_format)
        own, index = self._own_letters(part, language), self._index_in(language)
        windows = _windows(reading.letters)
        found = {
            other for piece in windows & index.keys() if piece not in own for other in index[piece]
        }
        marked = {int(mark[1]) for mark in map(_ID.fullmatch, reading.headings) if mark}
        return frozenset((found | marked) - {part})

    def _suspects(self, language: str, reading: Mapping[str, _Reading]) -> set[PartKey]:
        """The parts of which there may be traces; it takes far less than to look for each."""
        index, short = self._index_in(language), self._short_in(language)
        windows = set().union(*(_windows(one.letters) for one in reading.values()))
        found = [index[piece] for piece in windows & index.keys()]
        for one in reading.values():
            found += [parts for piece, parts in short.items() if piece in one.letters]
            found += [short[heading] for heading in one.headings & short.keys()]
        return set().union(*found)

    def _short_in(self, language: str) -> Mapping[str, frozenset[PartKey]]:
        """By headings, and by what is shorter than a line's worth, the parts known by it."""
        if language not in self._short:
            short: dict[str, set[PartKey]] = defaultdict(set)
            for part, pieces in self._known_in(language).items():
                told = (self._told_in(tag)[part] for tag in self._languages_beside(language))
                headings = {in_format.heading for one in told for in_format in one.values()}
                for piece in headings | {piece for piece in pieces if len(piece) < PIECE}:
                    short[piece].add(part)
            short.pop("", None)
            self._short[language] = {piece: frozenset(parts) for piece, parts in short.items()}
        return self._short[language]

    def _index_in(self, language: str) -> Mapping[str, frozenset[PartKey]]:
        """By each line's worth of text, the parts that are known by it."""
        if language not in self._indexes:
            index: dict[str, set[PartKey]] = defaultdict(set)
            for part, pieces in self._known_in(language).items():
                for piece in pieces:
                    if len(piece) == PIECE:
                        index[piece].add(part)
            self._indexes[language] = {piece: frozenset(parts) for piece, parts in index.items()}
        return self._indexes[language]

    def _own_letters(self, part: PartKey | None, language: str) -> str:
        """All that is rightly said of `part`, in any language, and what the frame says."""
        of_frame = texts_in(self._content, without={"sections", "assessments", "corrections"})
        said = [_letters(words) for text in of_frame for words in text.values()]
        if part is not None:
            for tag in self._languages_beside(language):
                said += (t for told in self._told_in(tag)[part].values() for t in told.texts)
        return " ".join(said)

    def _traces(
        self, part: PartKey, language: str, reading: Mapping[str, _Reading]
    ) -> set[tuple[str, str]]:
        """What is read of `part`, with where it is read."""
        pieces = self._known_in(language)[part]
        told = map(self._told_in, self._languages_beside(language))
        headings = {(f, in_language[part][f].heading) for in_language in told for f in reading}
        return {
            *((f, piece) for f, r in reading.items() for piece in pieces if piece in r.letters),
            *((f"heading in {f}", h) for f, h in headings if h in reading[f].headings),
        }

    def _told_in(self, language: str) -> ToldInFormats:
        if language not in self._told:
            self._told[language] = _told(self._content, language)
        return self._told[language]

    def _known_in(self, language: str) -> Mapping[PartKey, frozenset[str]]:
        """What each part is known by where it should not be, in an edition in `language`.

        Whatever its format, and said in any language in which the content has a text.
        """
        if language not in self._known_by:
            told = list(map(self._told_in, self._languages_beside(language)))
            self._known_by[language] = {
                part: frozenset(piece for one in told for piece in _pieces(one[part]))
                for part in self._told_in(language)
            }
        return self._known_by[language]

    def _languages_beside(self, language: str) -> list[str]:
        return list(dict.fromkeys([language, *self._content.languages]))


def _told(content: IssueContent, language: str) -> ToldInFormats:
    """By part and format, what readers of `language` are told."""
    view, all_of_it = Viewing(content, language), everything(content)
    told: dict[PartKey, Mapping[str, _Told]] = {}
    with translation.override(spoken_to(language)):
        for section in map(view.section, all_of_it.sections):
            told[section.id] = _section(sanitized_view(section))
        for assessment, trend in zip(
            all_of_it.assessments, view.trends(all_of_it.assessments), strict=True
        ):
            told[assessment.region] = _trend(sanitized_view(trend))
        for corrected in all_of_it.corrected:
            told[corrected.part] = _corrected(sanitized_view(view.correction(corrected)))
    return told


def _section(section: SectionView) -> Mapping[str, _Told]:
    title = _letters(section.title)
    incidents = [
        _letters(text)
        for incident in section.incidents
        for text in (incident.when_and_where, incident.summary, incident.what)
    ]
    in_html = _letters("".join(parse(section.body_html).words))
    in_text = _letters(section.body_text)
    return {
        MailFormat.HTML: _Told(f"part-{section.id}", (title, in_html, *incidents)),
        MailFormat.TEXT: _Told(title, (title, in_text, *incidents)),
    }


def _trend(trend: TrendView) -> Mapping[str, _Told]:
    """Its line, which says one after the other what makes it up."""
    line = "".join([trend.region, trend.trend_in_words, trend.reason, trend.counts])
    told = _Told("", (_letters(line),))
    return {MailFormat.HTML: told, MailFormat.TEXT: told}


def _corrected(corrected: CorrectedView) -> Mapping[str, _Told]:
    texts = tuple(map(_letters, (corrected.heading, corrected.wrong, corrected.right)))
    anchor = "" if corrected.section is None else f"part-{corrected.section}"
    return {
        MailFormat.HTML: _Told(anchor, texts),
        MailFormat.TEXT: _Told(texts[0], texts),
    }


def _pieces(told: Mapping[str, _Told]) -> Iterator[str]:
    for in_format in told.values():
        for text in in_format.texts:
            yield from _cut(text)


def _windows(letters: str) -> set[str]:
    """Every line's worth in `letters`."""
    return {letters[start : start + PIECE] for start in range(len(letters) - PIECE + 1)}


def _cut(text: str) -> Iterator[str]:
    for start in range(0, len(text) - PIECE, PIECE):
        yield text[start : start + PIECE]
    if text:
        yield text[-PIECE:]


def _read(edition: SomeEdition, page: Parsed) -> Mapping[str, _Reading]:
    """What `edition` says, by format; one in plain text has no other."""
    headings = frozenset(map(_letters, _headings(edition.text)))
    reading = {MailFormat.TEXT.value: _Reading(_letters(edition.text), headings)}
    if edition.mail_format == MailFormat.HTML:
        said = _letters("".join(page.words))
        reading[MailFormat.HTML.value] = _Reading(said, frozenset(page.targets))
    return reading


def _reading(said: str, mail_format: str) -> _Reading:
    if mail_format == MailFormat.HTML:
        page = parse(said)
        return _Reading(_letters("".join(page.words)), frozenset(page.targets))
    return _Reading(_letters(said), frozenset(map(_letters, _headings(said))))


def _headings(text: str) -> Iterator[str]:
    """Lines over a rule: how the text part sets its headings."""
    above: list[str] = []
    for line in text.split("\n"):
        if above and set(line) in ({"-"}, {"="}):
            yield "\n".join(above)
            above = []
        elif line:
            above.append(line)
        else:
            above = []


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.casefold())
