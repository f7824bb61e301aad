"""One edition as plain values, with the phrases that both its HTML and its text show.

Phrases come in the language that is active when they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from newsletter.rendering import markdown, words
from newsletter.rendering.slots import Slot, without_marks

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class IncidentView:
    date_start: date | None
    date_end: date | None
    #: A value of :class:`newsletter.models.DatePrecision`.
    date_precision: str
    region_names: tuple[str, ...]
    place: str
    event_type: str
    actor1: str
    actor2: str
    toll_low: int | None
    toll_high: int | None
    summary: str
    source_url: str

    @property
    def when_and_where(self) -> str:
        """“11–12 August 2023 · Ber · Timbuktu”."""
        when = words.period(self.date_start, self.date_end, self.date_precision)
        place = "" if self.place in self.region_names else self.place
        return _dotted(capfirst(when), place, words.listed(self.region_names))

    @property
    def what(self) -> str:
        """“Rocket attack by JNIM against Civilians · 49 to 154 killed”."""
        deed = words.deed(self.event_type, self.actor1, self.actor2)
        return _dotted(deed, words.killed(self.toll_low, self.toll_high))

    @property
    def source_host(self) -> str:
        """The host of the source's address; empty where that is no address of a web page."""
        try:
            url = urlsplit(self.source_url)
        except ValueError:
            return ""
        return (url.hostname or "").removeprefix("www.") if url.scheme in ("http", "https") else ""


@dataclass(frozen=True)
class SectionView:
    id: int
    #: A value of :class:`newsletter.models.SectionKind`.
    kind: str
    title: str
    #: Markdown as the editor wrote it.
    body: str
    #: The regions it concerns; empty for everyone.
    region_names: tuple[str, ...]
    #: Those of them that are wider than what the reader chose.
    covers_wider: tuple[str, ...]
    incidents: tuple[IncidentView, ...]

    @property
    def body_html(self) -> SafeString:
        return markdown.to_html(self.body)

    @property
    def page_html(self) -> SafeString:
        """The same for a page of the site."""
        return markdown.to_page_html(self.body)

    @property
    def places(self) -> str:
        """“Timbuktu · Covers Mali”; empty for everyone’s parts and where the title says it."""
        own = [name for name in self.region_names if name not in self.covers_wider]
        places = _dotted(*own, self._wider)
        return "" if places == self.title else places

    @property
    def _wider(self) -> str:
        if not self.covers_wider:
            return ""
        return gettext("Covers %(places)s") % {"places": words.listed(self.covers_wider)}


@dataclass(frozen=True)
class TrendView:
    """One line of “your regions at a glance”."""

    region: str
    #: A value of :class:`newsletter.models.Trend`.
    trend: str
    reason: str
    count: int | None
    previous_count: int | None
    #: What the counts count.
    counted: str

    @property
    def trend_in_words(self) -> str:
        return words.trend(self.trend)

    @property
    def counts(self) -> str:
        return words.count(self.count, self.previous_count, self.counted)


@dataclass(frozen=True)
class EditionView:
    publication: str
    postal_address: str
    title: str
    dated: date
    cutoff_on: date | None
    language: str
    trends: tuple[TrendView, ...]
    sections: tuple[SectionView, ...]
    #: It holds the common parts alone, and says so.
    nothing_for_reader: bool

    @property
    def dates(self) -> str:
        """“3 October 2023 · Information up to 30 September 2023”."""
        if self.cutoff_on is None:
            return words.day(self.dated)
        up_to = gettext("Information up to %(day)s") % {"day": words.day(self.cutoff_on)}
        return _dotted(words.day(self.dated), up_to)

    @property
    def lead(self) -> str:
        """All trends in one sentence; empty where the table says it as shortly."""
        if len(self.trends) < 2:
            return ""
        return words.trends((t.region, t.trend) for t in self.trends)

    @property
    def nothing(self) -> str:
        """What a reader is told whose regions have nothing in this issue."""
        return gettext(
            "This issue has only the parts for everyone: nothing in it is about the regions "
            "you chose, %(regions)s."
        ) % {"regions": Slot.CHOSEN_REGIONS.mark}

    @property
    def why_you_get_this(self) -> str:
        return gettext("You get this because you subscribed on %(day)s and chose %(regions)s.") % {
            "day": Slot.SUBSCRIBED_ON.mark,
            "regions": Slot.CHOSEN_REGIONS.mark,
        }


def unmarked(view: EditionView) -> EditionView:
    """`view` with every text in it stripped of marks: nobody but us may place a slot."""
    return replace(view, **_unmarked_fields(view))


def _unmarked_fields(view: DataclassInstance) -> dict[str, Any]:
    return {field.name: _unmarked(getattr(view, field.name)) for field in fields(view)}


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return without_marks(value)
    if isinstance(value, tuple):
        return tuple(_unmarked(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_unmarked_fields(value))
    return value


def _dotted(*parts: str) -> str:
    return " · ".join(filter(None, parts))
