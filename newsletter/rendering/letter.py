"""One edition as a letter in plain text, written from its values and not from its HTML."""

from __future__ import annotations

import textwrap

from django.utils.translation import gettext

from newsletter.rendering import markdown
from newsletter.rendering.slots import Slot, own
from newsletter.rendering.view import EditionView, IncidentView, SectionView, TrendView

WIDTH = 72


def letter(edition: EditionView) -> str:
    """The text of `edition`, in the language that is active.

    No line is longer than :data:`WIDTH`, but for what cannot be broken, such as an address.
    """
    parts = (
        _opening(edition),
        _glance(edition),
        own(_said_of_slots(edition.nothing)) if edition.nothing_for_reader else "",
        *map(_section, edition.sections),
        _footer(edition),
    )
    return "\n\n\n".join(filter(None, parts)) + "\n"


def _opening(edition: EditionView) -> str:
    title = _lines(_fill(edition.publication), _heading(edition.title, "="))
    return _paragraphs(title, _fill(edition.dates))


def _glance(edition: EditionView) -> str:
    if not edition.trends:
        return ""
    heading = _heading(gettext("Your regions at a glance"), "-")
    return _paragraphs(heading, _fill(edition.lead), *map(_trend, edition.trends))


def _trend(trend: TrendView) -> str:
    title = gettext("%(region)s: %(trend)s") % {
        "region": trend.region,
        "trend": trend.trend_in_words,
    }
    return _lines(_fill(title), _indented(trend.reason), _indented(trend.counts))


def _section(section: SectionView) -> str:
    title = _lines(_heading(section.title, "-"), _fill(section.places))
    incidents = map(_incident, section.incidents)
    return _paragraphs(
        title,
        markdown.to_text(section.body, WIDTH),
        gettext("Incidents") if section.incidents else "",
        *incidents,
    )


def _incident(incident: IncidentView) -> str:
    source = gettext("Source: %(source)s") % {"source": f"<{incident.source_url}>"}
    return _lines(
        _fill(f"- {incident.when_and_where}", hang="  "),
        _indented(incident.summary),
        _indented(incident.what),
        _indented(source) if incident.source_host else "",
    )


def _footer(edition: EditionView) -> str:
    links = _lines(
        gettext("Change your regions: %(url)s") % {"url": Slot.PREFERENCES_URL.mark},
        gettext("Unsubscribe: %(url)s") % {"url": Slot.UNSUBSCRIBE_URL.mark},
        gettext("View in browser: %(url)s") % {"url": Slot.WEB_URL.mark},
    )
    return _paragraphs(
        "-" * WIDTH,
        own(_paragraphs(_said_of_slots(edition.why_you_get_this), links)),
        _lines(_fill(edition.publication), _fill(edition.postal_address)),
    )


def _said_of_slots(sentence: str) -> str:
    """The regions start a line, as their names, still to come, may fill one."""
    mark = Slot.CHOSEN_REGIONS.mark
    before, after = sentence.split(mark)
    return _lines(_fill(before), _fill(mark + after))


def _heading(title: str, rule: str) -> str:
    lines = _fill(title)
    return _lines(lines, rule * max(map(len, lines.split("\n"))))


def _indented(text: str) -> str:
    return _fill(f"  {text}", hang="  ")


def _fill(text: str, hang: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
