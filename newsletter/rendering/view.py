"""One edition as plain values, with the phrases that both its HTML and its text show.

Phrases come in the language that is active when they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext

from newsletter.models import SectionKind, Trend
from newsletter.rendering import words
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.faces import AS_THE_HOUSE_HAS_IT, FaceView
from newsletter.rendering.phrases import dotted, host_of
from newsletter.rendering.sanitize import sanitized
from newsletter.rendering.sections import RegionView, SectionView
from newsletter.rendering.shapes import IssueShape
from newsletter.rendering.slots import Slot
from newsletter.rendering.trends import SinceView, TrendView
from subscribers.days import day
from subscribers.listing import listed
from subscribers.models.texts import Words
from subscribers.proposals import sealed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

View = TypeVar("View", bound="DataclassInstance")

#: Regions that are named as not in an edition; of more, it says how many they are.
MOST_LEFT_OUT = 12


@dataclass(frozen=True)
class MapView:
    """A picture of the reader's regions, the same for all readers of the edition."""

    url: str
    #: The same for readers who have it dark.
    dark_url: str
    #: In pixels of a page where there is room.
    width: int
    #: Pairs of region and trend that it shows.
    regions: tuple[tuple[str, str], ...]
    #: What the trends measure.
    measured: str = ""

    @property
    def alt(self) -> str:
        """What it shows, in a sentence."""
        return words.trends(self.regions, self.measured)


@dataclass(frozen=True, kw_only=True)
class EditionView(IssueShape[Words]):
    face: FaceView = AS_THE_HOUSE_HAS_IT
    publication: Words
    postal_address: str
    privacy_url: Words
    #: Of its frame. Its texts may be in others.
    language: str
    is_alert: bool = False
    trends: tuple[TrendView, ...]
    since: SinceView | None
    map: MapView | None
    sections: tuple[SectionView, ...]
    #: Regions of the reader of which it has incidents, but neither a section nor a trend.
    with_incidents: tuple[RegionView, ...]
    #: It holds the common parts alone, and says so.
    nothing_for_reader: bool
    #: Regions on which the issue has more than this edition: the first of them, if they are many,
    #: and how many others there are.
    left_out: tuple[RegionView, ...]
    more_left_out: int = 0
    #: Of a correction, what it corrects, and its day.
    corrections: tuple[CorrectedView, ...] = ()
    corrected_on: date | None = None

    @property
    def subject_of_regions(self) -> str:
        """“Kayes ↓, Segou ↑ — September 2023”; empty where no region has a trend."""
        judged = [(t.region, t.trend) for t in self.trends if t.trend != Trend.NOT_ASSESSED]
        return words.subject(judged, self.dated) if judged else ""

    def called(self, subject: str) -> str:
        """`subject`, with what the email is where it is not the usual."""
        if self.corrections:
            return gettext("Correction: %(subject)s") % {"subject": subject}
        return gettext("Alert: %(subject)s") % {"subject": subject} if self.is_alert else subject

    @property
    def dates(self) -> str:
        """When it is of, and what it is where it is not the usual.

        “Alert · 3 October 2023 · Information as of 30 September 2023”, or what of it is so;
        “Correction · 5 October 2023”.
        """
        if self.corrected_on:
            return dotted(gettext("Correction"), day(self.corrected_on))
        parts = [gettext("Alert")] if self.is_alert else []
        parts.append(day(self.dated))
        if self.cutoff_on:
            parts.append(gettext("Information as of %(day)s") % {"day": day(self.cutoff_on)})
        return dotted(*parts) if len(parts) > 1 else parts[0]

    @cached_property
    def lead(self) -> str:
        """What a list of emails shows of it: all trends in one sentence, or what else is theirs."""
        if self.corrected_on:
            return gettext("Something that we sent you was wrong. Here is what is right.")
        if self.nothing_for_reader:
            return gettext(
                "Nothing about your regions in this issue. Below is what concerns everyone."
            )
        return " ".join(filter(None, (self._trends or self._titles, self._incidents)))

    @cached_property
    def _judged(self) -> tuple[tuple[str, str], ...]:
        return tuple((trend.region, trend.trend) for trend in self.trends)

    @cached_property
    def _trends(self) -> str:
        """All trends in one sentence; empty where there are none."""
        return words.trends(self._judged, self.face.measured_here)

    @property
    def map_in_words(self) -> str:
        """What its map shows, in a sentence: its trends, or whatever else the map says."""
        if self.map is None or self.map.regions == self._judged:
            return self._trends
        return self.map.alt

    @property
    def heading_of_trends(self) -> str:
        """What stands over the trends of all regions."""
        if not self.face.measured_here:
            return gettext("Trend, and why")
        return gettext("%(measured)s, and why") % {"measured": capfirst(self.face.measured_here)}

    @property
    def _titles(self) -> str:
        titles = [section.title for section in self.sections if section.region_names]
        return gettext("In this issue: %(titles)s.") % {"titles": listed(titles)} if titles else ""

    @property
    def _incidents(self) -> str:
        names = [region.name for region in self.with_incidents]
        return gettext("Incidents in %(regions)s.") % {"regions": listed(names)} if names else ""

    @property
    def bottom_line(self) -> list[SectionView]:
        return [s for s in self.sections if s.kind == SectionKind.BOTTOM_LINE]

    @property
    def parts(self) -> list[SectionView]:
        """All sections but the bottom line."""
        return [s for s in self.sections if s.kind != SectionKind.BOTTOM_LINE]

    @property
    def nothing(self) -> str:
        """What a reader is told whose regions have nothing in this issue."""
        return gettext(
            "This issue has only the parts for everyone: nothing in it is about the regions "
            "you chose, %(regions)s."
        ) % {"regions": Slot.CHOSEN_REGIONS.mark}

    @cached_property
    def not_in_it(self) -> str:
        """Which regions of the issue are not in this edition; empty where all of it is."""
        if not self.left_out:
            return ""
        names = tuple([region.name for region in self.left_out])
        return _not_in_it(get_language(), names, self.more_left_out)

    @property
    def add_label(self) -> str:
        if self.more_left_out:
            return gettext("Change your regions")
        return ngettext("Add this region", "Add these regions", len(self.left_out))

    @cached_property
    def add_url(self) -> str:
        """Where the regions that are not in this edition are added; many, by choosing anew."""
        if self.more_left_out:
            return Slot.PREFERENCES_URL.mark
        codes = sealed(region.code for region in self.left_out)
        return f"{Slot.PREFERENCES_URL.mark}?with={codes}"

    @property
    def corrected_url(self) -> str:
        """Where the email can be read that it corrects."""
        return Slot.CORRECTED_URL.mark

    @property
    def privacy_page(self) -> str:
        """The address of the page about privacy; empty where there is none."""
        return self.privacy_url if host_of(self.privacy_url) else ""

    @property
    def why_you_get_this(self) -> str:
        if self.corrections:
            return gettext(
                "You get this because an email that we sent you held what was wrong. You "
                "subscribed on %(day)s."
            ) % {"day": Slot.SUBSCRIBED_ON.mark}
        return gettext("You get this because you subscribed on %(day)s and chose %(regions)s.") % {
            "day": Slot.SUBSCRIBED_ON.mark,
            "regions": Slot.CHOSEN_REGIONS.mark,
        }


# Of many regions the first that are left out are often the same.
@lru_cache(maxsize=4096)
def _not_in_it(_language: str | None, names: tuple[str, ...], more: int) -> str:
    regions = words.first_of(names, more)
    return gettext("Not in your edition: %(regions)s.") % {"regions": regions}


def sanitized_view(view: View) -> View:
    """`view` with every text in it sanitized: nobody but us may place a slot."""
    return replace(view, **_sanitized_fields(view))


def _sanitized_fields(view: DataclassInstance) -> dict[str, Any]:
    return {field.name: sanitized_value(getattr(view, field.name)) for field in fields(view)}


def sanitized_value(value: Any) -> Any:
    """`value` of a field of a view, with every text in it sanitized."""
    if isinstance(value, Words):
        return value.reworded(sanitized(value))
    if isinstance(value, str):
        return sanitized(value)
    if isinstance(value, tuple):
        return tuple(sanitized_value(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_sanitized_fields(value))
    return value
