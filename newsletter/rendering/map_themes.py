"""The colours of a map, by day and by night. They are those of the mail around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import ImageColor

from newsletter.models import Trend

#: Red, green, blue, from 0 to 255 each.
Colour = tuple[int, ...]


@dataclass(frozen=True)
class TrendColours:
    #: Of the region itself, of the badge with its name, and of the letters on the badge.
    area: str
    badge: str
    letters: str


@dataclass(frozen=True)
class Theme:
    #: Behind the legend: the mail itself.
    sheet: str
    water: str
    #: Land of the neighbours, and of the countries that the regions lie in.
    land: str
    home: str
    #: Between regions, between countries, and around the regions that are marked.
    division: str
    border: str
    edge: str
    #: Names that matter less.
    quiet: str
    trends: Mapping[Trend, TrendColours]

    def colours(self) -> frozenset[Colour]:
        """Each colour of the theme, as Pillow gives them."""
        land = (self.sheet, self.water, self.land, self.home, self.division, self.border)
        of_trends = (c for t in self.trends.values() for c in (t.area, t.badge, t.letters))
        return frozenset(map(ImageColor.getrgb, (*land, self.edge, self.quiet, *of_trends)))


LIGHT = Theme(
    sheet="#ffffff",
    water="#dbe7ec",
    land="#efece4",
    home="#e3ddcf",
    division="#fbfaf7",
    border="#b3a992",
    edge="#ffffff",
    quiet="#59554b",
    trends={
        Trend.INCREASED: TrendColours("#df8478", "#8f1d14", "#ffffff"),
        Trend.DECREASED: TrendColours("#7fb0dc", "#0b4a86", "#ffffff"),
        Trend.UNCHANGED: TrendColours("#a9adb3", "#3d434b", "#ffffff"),
        Trend.NOT_ASSESSED: TrendColours("#cfc6b0", "#625a48", "#ffffff"),
    },
)

DARK = Theme(
    sheet="#1d2025",
    water="#16232b",
    land="#24282e",
    home="#31363d",
    division="#1f2328",
    border="#626a74",
    edge="#14161a",
    quiet="#b4b8be",
    trends={
        Trend.INCREASED: TrendColours("#a4483c", "#ffb4a8", "#33100b"),
        Trend.DECREASED: TrendColours("#376b9e", "#a8cffa", "#0a2036"),
        Trend.UNCHANGED: TrendColours("#6c737c", "#dfe2e6", "#1d2025"),
        Trend.NOT_ASSESSED: TrendColours("#6b6452", "#ddd3ba", "#25210f"),
    },
)
