"""One edition as a letter in plain text, written from its values and not from its HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import ceil
from unicodedata import combining

from django.utils.translation import gettext

from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.filling import fill, fill_often
from newsletter.rendering.fragments import Fragments, Piece, Run
from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.markdown import WIDTH
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.slots import OWN_BEGINS, OWN_ENDS, Slot, own
from newsletter.rendering.trends import ChangeView, SinceView, TrendView
from newsletter.rendering.view import EditionView
from subscribers.directions import (
    Direction,
    active_direction,
    isolated,
    lines_in,
    without_isolates,
)
from subscribers.models.texts import Words

#: Columns of a bar of full length.
LONGEST_BAR = 40


#: What stands between the parts of a letter, and between its paragraphs.
_PARTS_APART, _PARAGRAPHS_APART = "\n\n\n", "\n\n"


def letter(edition: EditionView, fragments: Fragments) -> list[Piece]:
    """The runs of the text of `edition`, in the language that is active.

    `fragments` are those of its version and language.

    No line is longer than :data:`WIDTH`, but for what cannot be broken, such as an address.
    """
    return _Letter(edition, fragments).pieces()


class _Letter:
    """Each of its parts but the first begins with what sets it apart from those above."""

    def __init__(self, edition: EditionView, fragments: Fragments) -> None:
        self._edition = edition
        self._fragments = fragments

    def pieces(self) -> list[Piece]:
        edition = self._edition
        pieces = self._opening()
        pieces += self._sections(edition.bottom_line)
        if edition.trends:
            pieces += self._glance(edition.trends)
        if edition.nothing_for_reader:
            pieces.append(self._of_edition("nothing", lambda it: _PARTS_APART + _nothing(it)))
        if edition.since:
            pieces += self._since(edition.since)
        if edition.map:
            said = fill(_map(edition.map_in_words))
            pieces.append(f"{_PARTS_APART}{said}\n{edition.map.url}")
        pieces += self._sections(edition.parts)
        if edition.corrections:
            pieces += self._corrections(edition.corrections)
        if edition.left_out:
            pieces += self._left_out()
        pieces.append(self._of_edition("footer", lambda it: f"{_PARTS_APART}{_footer(it)}\n"))
        return pieces

    def _opening(self) -> list[Piece]:
        lead = self._edition.lead
        if not lead:
            return [self._of_edition("opening without a lead", _opening)]
        return [
            fill(lead),
            self._of_edition("opening", lambda it: _PARAGRAPHS_APART + _opening(it)),
        ]

    def _of_edition(self, name: str, write: Callable[[EditionView], str]) -> Run:
        """What is the same in every edition of this version and language."""
        return self._once((name,), lambda: write(self._edition))

    def _glance(self, trends: Iterable[TrendView]) -> list[Piece]:
        return [self._once(("glance",), _glance), *map(self._trend, trends)]

    def _trend(self, trend: TrendView) -> Run:
        return self._once(
            ("trend", trend.code), lambda: _PARAGRAPHS_APART + _trend(trend), trend.code
        )

    def _since(self, since: SinceView) -> Iterator[Piece]:
        heading = since.heading
        yield self._once(("since", heading), lambda: _PARTS_APART + _heading(heading, "-"))
        if since.missed:
            yield _PARAGRAPHS_APART + own(fill(since.missed))
        if since.changes:
            yield "\n"
            yield from map(self._change, since.changes)
        if since.as_before:
            yield _PARAGRAPHS_APART + fill(since.as_before)

    def _change(self, change: ChangeView) -> Run:
        return self._once(("change", change), lambda: f"\n{_change(change)}", change.code)

    def _sections(self, sections: Iterable[SectionView]) -> list[Piece]:
        runs: list[Piece] = []
        for section in sections:
            key = "text", section.key
            runs += self._fragments.run(key, partial(self._section, section))
        return runs

    def _section(self, section: SectionView) -> Iterator[Piece]:
        key = ("section", section.id, section.covers_wider)
        yield self._once(key, lambda: _PARTS_APART + _above(section), section.id)
        yield self._once(("body", section.id), lambda: _body(section), section.id)
        if section.own:
            yield _PARAGRAPHS_APART + OWN_BEGINS
            for number, region in enumerate(section.own):
                if number:
                    yield "\n"
                yield self._once(("drop", region.code), partial(_drop, region))
            yield OWN_ENDS

    def _corrections(self, corrections: Iterable[CorrectedView]) -> Iterator[Piece]:
        for one in corrections:
            write = partial(_corrected, one)
            yield self._once(("corrected", one.part), write, one.part)
        yield self._of_edition("first_email", lambda it: _PARTS_APART + _first_email(it))

    def _left_out(self) -> list[Piece]:
        edition = self._edition
        said = _PARTS_APART + OWN_BEGINS + fill_often(edition.not_in_it)
        # Where many are left out, it leads to the choice, as in others.
        is_shared = bool(edition.more_left_out)
        return [said, self._of_edition("add", _add) if is_shared else _add(edition)]

    def _once(
        self, key: tuple[object, ...], write: Callable[[], str], part: int | str | None = None
    ) -> Run:
        return self._fragments.once(("text", *key), write, part)


def _opening(edition: EditionView) -> str:
    title = _lines(
        _line(edition.face.masthead_above),
        fill(edition.publication),
        _line(edition.face.masthead_below),
        _heading(edition.title, "=", edition.title.lang),
    )
    return _paragraphs(title, fill(edition.dates))


def _nothing(edition: EditionView) -> str:
    return own(_said_of_slots(edition.nothing))


def _glance() -> str:
    return _PARTS_APART + _heading(gettext("Your regions at a glance"), "-")


def _trend(trend: TrendView) -> str:
    title = _said_of(trend.region, trend.trend_in_words)
    column = max((_columns(label) for label, _length in trend.bars), default=0) + 2
    bars = (
        f"  {label}{' ' * (column - _columns(label))}{'#' * ceil(length * LONGEST_BAR / 100)}"
        for label, length in trend.bars
    )
    return _lines(fill(title), _said(trend.reason), _said(trend.counts), *bars)


def _columns(label: str) -> int:
    """How many columns it takes: vowel marks stand over their letters."""
    return sum(not combining(letter) for letter in label)


def _change(change: ChangeView) -> str:
    return fill(f"- {_said_of(change.region, change.course)}", hang="  ")


def _said_of(region: str, trend: str) -> str:
    return gettext("%(region)s: %(trend)s") % {"region": isolated(region), "trend": trend}


def _map(in_words: str) -> str:
    """Its address follows: a link that the HTML alone holds costs a mail points in spam filters."""
    return gettext("Map: %(sentence)s") % {"sentence": in_words}


def _above(section: SectionView) -> str:
    """What stands over the words of a section, with the line ends that follow it."""
    heading = _lines(
        _heading(section.title, "-", section.title.lang),
        fill(section.places),
    )
    return heading + ("\n" if section.announced else _PARAGRAPHS_APART)


def _body(section: SectionView) -> str:
    return _paragraphs(
        fill(section.announced),
        lines_in(section.body.lang, section.body_text),
        gettext("Incidents") if section.incidents else "",
        *map(_incident, section.incidents),
    )


def _corrected(corrected: CorrectedView) -> str:
    return _PARTS_APART + _paragraphs(
        _lines(
            _heading(corrected.heading, "-", corrected.heading.lang),
            fill(corrected.places),
            fill(corrected.announced),
        ),
        fill(gettext("What we wrote")),
        _words(corrected.wrong),
        fill(gettext("What is right")),
        _words(corrected.right),
    )


def _words(words: Words) -> str:
    lines = (_indented(line) for line in words.splitlines() if line.strip())
    return lines_in(words.lang, "\n\n".join(lines))


def _first_email(edition: EditionView) -> str:
    return own(_link(gettext("The email that this corrects"), edition.corrected_url))


def _drop(region: RegionView) -> str:
    return _link(region.drop_label, region.drop_url)


def _incident(incident: IncidentView) -> str:
    source = gettext("Source: %(source)s") % {"source": f"<{incident.source_url}>"}
    return _lines(
        fill(f"- {incident.when_and_where}", hang="  "),
        _said(incident.summary),
        _indented(incident.what),
        _indented(source) if incident.source_host else "",
    )


def _add(edition: EditionView) -> str:
    return f"\n{_link(edition.add_label, edition.add_url)}{OWN_ENDS}"


def _footer(edition: EditionView) -> str:
    privacy = edition.privacy_page
    links = _lines(
        _link(gettext("Change your regions"), Slot.PREFERENCES_URL.mark),
        _link(gettext("Unsubscribe"), Slot.UNSUBSCRIBE_URL.mark),
        _link(gettext("View in browser"), Slot.WEB_URL.mark),
    )
    return _paragraphs(
        "-" * WIDTH,
        own(_paragraphs(_said_of_slots(edition.why_you_get_this), links)),
        *map(_line, edition.face.footer_paragraphs),
        _line(edition.face.contact),
        _lines(
            fill(edition.publication),
            fill(edition.postal_address),
            _link(gettext("Privacy"), privacy) if privacy else "",
        ),
    )


def _link(label: str, url: str) -> str:
    """One line, as the address is still to come; a long one starts a line of its own.

    Among lines from right to left every one does: an isolate around it might be taken for a
    part of it by programs that make links of addresses.
    """
    pattern = gettext("%(label)s: %(url)s")
    link = pattern % {"label": label, "url": url}
    # What stands between the two, and around the colon, is a matter of the language.
    return (
        link
        if len(link) <= WIDTH and active_direction() == Direction.LTR
        else _lines((pattern % {"label": label, "url": ""}).rstrip(), url)
    )


def _said_of_slots(sentence: str) -> str:
    """The regions, if any, start a line, as their names, still to come, may fill one."""
    mark = Slot.CHOSEN_REGIONS.mark
    if mark not in sentence:
        return fill(sentence)
    before, after = sentence.split(mark)
    return _lines(fill(before), fill(mark + after))


def _heading(title: str, rule: str, language: str = "") -> str:
    lines = fill(title)
    longest = max(len(without_isolates(line)) for line in lines.split("\n"))
    return _lines(lines_in(language, lines), rule * longest)


def _said(words: Words) -> str:
    return lines_in(words.lang, _indented(words)) if words else ""


def _line(words: Words) -> str:
    return lines_in(words.lang, fill(words)) if words else ""


def _indented(text: str) -> str:
    return fill(f"  {text}", hang="  ")


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
