"""One edition as a letter in plain text, written from its values and not from its HTML."""

from __future__ import annotations

import textwrap
from math import ceil
from unicodedata import combining

from django.utils.translation import gettext

from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.incidents import IncidentView
from newsletter.rendering.markdown import WIDTH
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.slots import Slot, own
from newsletter.rendering.trends import SinceView, TrendView
from newsletter.rendering.view import EditionView, MapView
from subscribers.directions import (
    Direction,
    active_direction,
    isolated,
    lines_in,
    whole_on_each_line,
    without_isolates,
)
from subscribers.models.texts import Words

#: Columns of a bar of full length.
LONGEST_BAR = 40


def letter(edition: EditionView) -> str:
    """The text of `edition`, in the language that is active.

    No line is longer than :data:`WIDTH`, but for what cannot be broken, such as an address.
    """
    parts = (
        _opening(edition),
        *map(_section, edition.bottom_line),
        _glance(edition),
        own(_said_of_slots(edition.nothing)) if edition.nothing_for_reader else "",
        _since(edition.since) if edition.since else "",
        _map(edition.map) if edition.map else "",
        *map(_section, edition.parts),
        *map(_corrected, edition.corrections),
        _first_email(edition) if edition.corrections else "",
        _left_out(edition),
        _footer(edition),
    )
    return "\n\n\n".join(filter(None, parts)) + "\n"


def _opening(edition: EditionView) -> str:
    title = _lines(
        _line(edition.face.masthead_above),
        _fill(edition.publication),
        _line(edition.face.masthead_below),
        _heading(edition.title, "=", edition.title.lang),
    )
    return _paragraphs(_fill(edition.lead), title, _fill(edition.dates))


def _glance(edition: EditionView) -> str:
    if not edition.trends:
        return ""
    heading = _heading(gettext("Your regions at a glance"), "-")
    return _paragraphs(heading, *map(_trend, edition.trends))


def _trend(trend: TrendView) -> str:
    title = _said_of(trend.region, trend.trend_in_words)
    column = max((_columns(label) for label, _length in trend.bars), default=0) + 2
    bars = (
        f"  {label}{' ' * (column - _columns(label))}{'#' * ceil(length * LONGEST_BAR / 100)}"
        for label, length in trend.bars
    )
    return _lines(_fill(title), _said(trend.reason), _said(trend.counts), *bars)


def _columns(label: str) -> int:
    """How many columns it takes: vowel marks stand over their letters."""
    return sum(not combining(letter) for letter in label)


def _since(since: SinceView) -> str:
    changes = (_fill(f"- {_said_of(*change)}", hang="  ") for change in since.changes)
    return _paragraphs(
        _heading(since.heading, "-"),
        own(_fill(since.missed)) if since.missed else "",
        _lines(*changes),
        _fill(since.as_before),
    )


def _said_of(region: str, trend: str) -> str:
    return gettext("%(region)s: %(trend)s") % {"region": isolated(region), "trend": trend}


def _map(picture: MapView) -> str:
    """Its address too: a link that the HTML alone holds costs a mail points in spam filters."""
    return _lines(_fill(gettext("Map: %(sentence)s") % {"sentence": picture.alt}), picture.url)


def _section(section: SectionView) -> str:
    return _paragraphs(
        _lines(
            _heading(section.title, "-", section.title.lang),
            _fill(section.places),
            _fill(section.announced),
        ),
        lines_in(section.body.lang, section.body_text),
        gettext("Incidents") if section.incidents else "",
        *map(_incident, section.incidents),
        own(_lines(*map(_drop, section.own))) if section.own else "",
    )


def _corrected(corrected: CorrectedView) -> str:
    return _paragraphs(
        _lines(
            _heading(corrected.heading, "-", corrected.heading.lang),
            _fill(corrected.places),
            _fill(corrected.announced),
        ),
        _fill(gettext("What we wrote")),
        _words(corrected.wrong),
        _fill(gettext("What is right")),
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
        _fill(f"- {incident.when_and_where}", hang="  "),
        _said(incident.summary),
        _indented(incident.what),
        _indented(source) if incident.source_host else "",
    )


def _left_out(edition: EditionView) -> str:
    if not edition.not_in_it:
        return ""
    return own(_lines(_fill(edition.not_in_it), _link(edition.add_label, edition.add_url)))


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
            _fill(edition.publication),
            _fill(edition.postal_address),
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
        return _fill(sentence)
    before, after = sentence.split(mark)
    return _lines(_fill(before), _fill(mark + after))


def _heading(title: str, rule: str, language: str = "") -> str:
    lines = _fill(title)
    longest = max(len(without_isolates(line)) for line in lines.split("\n"))
    return _lines(lines_in(language, lines), rule * longest)


def _said(words: Words) -> str:
    return lines_in(words.lang, _indented(words)) if words else ""


def _line(words: Words) -> str:
    return lines_in(words.lang, _fill(words)) if words else ""


def _indented(text: str) -> str:
    return _fill(f"  {text}", hang="  ")


def _fill(text: str, hang: str = "") -> str:
    filled = textwrap.fill(
        text, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )
    return whole_on_each_line(filled)


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
