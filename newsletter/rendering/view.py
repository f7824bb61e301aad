"""One edition as plain values, with the phrases that both its HTML and its text show.

Phrases come in the language that is active when they are read.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext, ngettext, override

from newsletter.models import SectionKind, Trend
from newsletter.rendering import markdown, words
from newsletter.rendering.slots import Slot
from newsletter.rendering.typed import defused
from subscribers.days import day
from subscribers.directions import isolated
from subscribers.listing import listed
from subscribers.proposals import sealed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

View = TypeVar("View", bound="DataclassInstance")


#: Pixels that a letter takes in the smallest type of a mail, whatever font its reader has.
LETTER_WIDTH = 9


def announced(language: str) -> str:
    """What stands over a text that is in `language` only; nothing where that is empty."""
    if not language:
        return ""
    known = {
        "en": gettext("In English only"),
        "fr": gettext("In French only"),
        "es": gettext("In Spanish only"),
        "pt": gettext("In Portuguese only"),
        "ar": gettext("In Arabic only"),
    }
    own_name = isolated(get_language_info(language)["name_local"])
    return known.get(language) or gettext("Only in: %(language)s") % {"language": own_name}


def _language_of(only_in: str) -> AbstractContextManager[None]:
    """The language of a text for what is said around it: in two, a sentence would be in none."""
    return override(only_in) if only_in else nullcontext()


@dataclass(frozen=True)
class RegionView:
    code: str
    name: str

    @property
    def drop_label(self) -> str:
        return gettext("Stop getting %(region)s") % {"region": isolated(self.name)}

    @property
    def drop_url(self) -> str:
        """Where this region is dropped and all others are kept."""
        return f"{Slot.PREFERENCES_URL.mark}?without={sealed([self.code])}"


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

    @property
    def alt(self) -> str:
        """What it shows, in a sentence."""
        return words.trends(self.regions)


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
    #: The day of what the source says.
    as_of: date | None
    summary: str
    #: The language of its words, where that is not the reader's; so in all that follows.
    only_in: str
    source_url: str

    @property
    def when_and_where(self) -> str:
        """“11–12 August 2023 · Ber · Timbuktu”."""
        when = words.period(self.date_start, self.date_end, self.date_precision)
        place = "" if self.place in self.region_names else words.places(self.place)
        return _dotted(capfirst(when), place, listed(self.region_names))

    @property
    def what(self) -> str:
        """“Rocket attack by JNIM against Civilians · 49 to 154 killed · as of 5 October 2023”."""
        return _dotted(self.deed, self.toll)

    @property
    def deed(self) -> str:
        """“Rocket attack by JNIM against Civilians”, in the language of its words."""
        with _language_of(self.only_in):
            return words.deed(self.event_type, self.actor1, self.actor2)

    @property
    def toll(self) -> str:
        """“49 to 154 killed · as of 5 October 2023”."""
        return _dotted(words.killed(self.toll_low, self.toll_high), self._as_of)

    @property
    def _as_of(self) -> str:
        if self.as_of is None:
            return ""
        return gettext("as of %(day)s") % {"day": day(self.as_of)}

    @property
    def source_host(self) -> str:
        """The host of the source's address; empty where that is no address of a web page."""
        return _host(self.source_url).removeprefix("www.")


@dataclass(frozen=True)
class SectionView:
    id: int
    #: A value of :class:`newsletter.models.SectionKind`.
    kind: str
    title: str
    #: Markdown as the editor wrote it.
    body: str
    only_in: str
    #: The regions it concerns; empty for everyone.
    region_names: tuple[str, ...]
    #: Those of them that are wider than what the reader chose.
    covers_wider: tuple[str, ...]
    #: Those of them that the reader may drop: those they chose, or whose parent they chose.
    own: tuple[RegionView, ...]
    incidents: tuple[IncidentView, ...]
    #: Those that its text may show.
    pictures: tuple[markdown.PictureView, ...] = ()

    @property
    def body_html(self) -> SafeString:
        return markdown.to_html(self.body, self.pictures)

    @property
    def body_text(self) -> str:
        return markdown.to_text(self.body, self.pictures)

    @property
    def page_html(self) -> SafeString:
        """The same for a page of the site."""
        return markdown.to_page_html(self.body, self.pictures)

    @property
    def announced(self) -> str:
        return announced(self.only_in)

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
        return gettext("Covers %(places)s") % {"places": listed(self.covers_wider)}


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
    #: The largest count of the same kind in this edition, to which bars are drawn.
    largest: int
    only_in: str

    @property
    def trend_in_words(self) -> str:
        return words.trend(self.trend)

    @property
    def counts(self) -> str:
        """“Attacks: 37 (31 before, +19%)”, in the language of the noun."""
        with _language_of(self.only_in):
            return words.count(self.count, self.previous_count, self.counted)

    @property
    def bars(self) -> tuple[tuple[str, int], ...]:
        """“before” and “now” with a length from 1 to 100; nothing where one is missing."""
        if self.count is None or self.previous_count is None:
            return ()
        return (
            (gettext("before"), self._length(self.previous_count)),
            (gettext("now"), self._length(self.count)),
        )

    @property
    def label_width(self) -> int:
        """Pixels of the column in which the labels of its bars stand."""
        return LETTER_WIDTH * max((len(label) for label, _length in self.bars), default=0)

    def _length(self, count: int) -> int:
        return max(1, round(100 * count / max(self.largest, 1)))


@dataclass(frozen=True)
class PastIssueView:
    title: str
    dated: date


@dataclass(frozen=True)
class TrendHistoryView:
    """The trends of a region: in the issue that last told the reader, in those since, and now."""

    region: str
    issues: tuple[PastIssueView, ...]
    #: One for each issue, and that of now.
    trends: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return len(set(self.trends)) > 1


@dataclass(frozen=True)
class SinceView:
    """What changed since the reader was last told of each region."""

    histories: tuple[TrendHistoryView, ...]

    @property
    def _compared(self) -> list[PastIssueView]:
        """The issues that told the reader last: nearly always one."""
        return list(dict.fromkeys(history.issues[0] for history in self.histories))

    @property
    def heading(self) -> str:
        if len(self._compared) > 1:
            return gettext("What changed") if self.changes else gettext("No change")
        last = {"issue": isolated(self._compared[0].title)}
        if not self.changes:
            return gettext("No change since “%(issue)s”") % last
        return gettext("What changed since “%(issue)s”") % last

    @property
    def missed(self) -> str:
        """Which issues in between the reader was not sent; empty if none."""
        later = dict.fromkeys(i for history in self.histories for i in history.issues[1:])
        missed = [
            words.quoted(issue.title) for issue in sorted(later, key=lambda issue: issue.dated)
        ]
        if not missed:
            return ""
        return ngettext(
            "%(issues)s came out in between and did not reach you.",
            "%(issues)s came out in between and did not reach you.",
            len(missed),
        ) % {"issues": listed(missed)}

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Each region whose trend did not stay the same, and how it went."""
        return [(h.region, self._course(h)) for h in self.histories if h.changed]

    def _course(self, history: TrendHistoryView) -> str:
        whens = [*map(self._whens.__getitem__, history.issues), ""]
        steps = [*zip(history.trends, whens, strict=True)]
        return words.course(steps, dated=len(steps) > 2 or len(self._compared) > 1)

    @property
    def _whens(self) -> dict[PastIssueView, str]:
        """What tells each issue from the others, as shortly as it can be said."""
        issues = list(dict.fromkeys(i for history in self.histories for i in history.issues))
        whens = words.months_or_days([issue.dated for issue in issues])
        return dict(zip(issues, whens, strict=True))

    @property
    def as_before(self) -> str:
        """The others in a sentence; empty if there are none."""
        same = [self._unchanged(history) for history in self.histories if not history.changed]
        return f"{listed(same)}." if same else ""

    def _unchanged(self, history: TrendHistoryView) -> str:
        said = gettext("%(region)s still %(trend)s") % {
            "region": isolated(history.region),
            "trend": words.trend(history.trends[-1]),
        }
        return f"{said} ({self._whens[history.issues[0]]})" if len(self._compared) > 1 else said


@dataclass(frozen=True)
class EditionView:
    publication: str
    postal_address: str
    privacy_url: str
    title: str
    title_only_in: str
    #: As the editor wrote it.
    subject: str
    dated: date
    cutoff_on: date | None
    language: str
    trends: tuple[TrendView, ...]
    since: SinceView | None
    map: MapView | None
    sections: tuple[SectionView, ...]
    #: Regions of the reader of which it has incidents, but neither a section nor a trend.
    with_incidents: tuple[RegionView, ...]
    #: It holds the common parts alone, and says so.
    nothing_for_reader: bool
    #: Regions on which the issue has more than this edition.
    left_out: tuple[RegionView, ...]

    @property
    def subject_of_regions(self) -> str:
        """“Kayes ↓, Segou ↑ — September 2023”; empty where no region has a trend."""
        judged = [(t.region, t.trend) for t in self.trends if t.trend != Trend.NOT_ASSESSED]
        return words.subject(judged, self.dated) if judged else ""

    @property
    def dates(self) -> str:
        """“3 October 2023 · Information up to 30 September 2023”."""
        if self.cutoff_on is None:
            return day(self.dated)
        up_to = gettext("Information as of %(day)s") % {"day": day(self.cutoff_on)}
        return _dotted(day(self.dated), up_to)

    @property
    def lead(self) -> str:
        """What a list of emails shows of it: all trends in one sentence, or what else is theirs."""
        if self.nothing_for_reader:
            return gettext(
                "Nothing about your regions in this issue. Below is what concerns everyone."
            )
        trends = words.trends((t.region, t.trend) for t in self.trends)
        return " ".join(filter(None, (trends or self._titles, self._incidents)))

    @property
    def _titles(self) -> str:
        titles = [section.title for section in self.sections if section.region_names]
        return gettext("In this issue: %(titles)s.") % {"titles": listed(titles)} if titles else ""

    @property
    def _incidents(self) -> str:
        names = [region.name for region in self.with_incidents]
        return gettext("Incidents in %(regions)s.") % {"regions": listed(names)} if names else ""

    @property
    def bottom_line(self) -> tuple[SectionView, ...]:
        return tuple(s for s in self.sections if s.kind == SectionKind.BOTTOM_LINE)

    @property
    def parts(self) -> tuple[SectionView, ...]:
        """All sections but the bottom line."""
        return tuple(s for s in self.sections if s.kind != SectionKind.BOTTOM_LINE)

    @property
    def nothing(self) -> str:
        """What a reader is told whose regions have nothing in this issue."""
        return gettext(
            "This issue has only the parts for everyone: nothing in it is about the regions "
            "you chose, %(regions)s."
        ) % {"regions": Slot.CHOSEN_REGIONS.mark}

    @property
    def not_in_it(self) -> str:
        """Which regions of the issue are not in this edition; empty where all of it is."""
        if not self.left_out:
            return ""
        names = listed(region.name for region in self.left_out)
        return gettext("Not in your edition: %(regions)s.") % {"regions": names}

    @property
    def add_label(self) -> str:
        return ngettext("Add this region", "Add these regions", len(self.left_out))

    @property
    def add_url(self) -> str:
        """Where the regions that are not in this edition are added."""
        codes = sealed(region.code for region in self.left_out)
        return f"{Slot.PREFERENCES_URL.mark}?with={codes}"

    @property
    def privacy_page(self) -> str:
        """The address of the page about privacy; empty where there is none."""
        return self.privacy_url if _host(self.privacy_url) else ""

    @property
    def why_you_get_this(self) -> str:
        return gettext("You get this because you subscribed on %(day)s and chose %(regions)s.") % {
            "day": Slot.SUBSCRIBED_ON.mark,
            "regions": Slot.CHOSEN_REGIONS.mark,
        }


def harmless(view: View) -> View:
    """`view` with every text in it defused: nobody but us may place a slot."""
    return replace(view, **_harmless_fields(view))


def _harmless_fields(view: DataclassInstance) -> dict[str, Any]:
    return {field.name: _harmless(getattr(view, field.name)) for field in fields(view)}


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, tuple):
        return tuple(_harmless(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_harmless_fields(value))
    return value


def _host(address: str) -> str:
    """The host of a web page's address; empty for any other address."""
    try:
        url = urlsplit(address)
    except ValueError:
        return ""
    return (url.hostname or "") if url.scheme in ("http", "https") else ""


def _dotted(*parts: str) -> str:
    return " · ".join(isolated(part) for part in parts if part)
