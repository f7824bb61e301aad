"""The map of an edition: the regions it gives a trend for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from newsletter.editions.content import IssueContent
from newsletter.rendering.map_addresses import map_of, map_url
from newsletter.rendering.maps import Map
from newsletter.rendering.markdown import COLUMN
from newsletter.rendering.sanitize import one_line
from newsletter.rendering.slots import Slot
from newsletter.rendering.view import MapView
from subscribers.regions import RegionTree

#: Pairs of region, by name, and trend.
Trends = tuple[tuple[str, str], ...]


def drawn_map(
    assessed: Collection[str], content: IssueContent, tree: RegionTree, language: str
) -> Map | None:
    """The map of the regions `assessed` (codes) in `content`; None where there are none."""
    trends = {a.region: a.trend for a in content.assessments if a.region in assessed}
    return map_of(
        (
            (one_line(content.regions[code].in_language(language)), trend, tree.drawn_from(code))
            for code, trend in trends.items()
        ),
        language,
    )


def map_addresses(
    assessed: Collection[str], content: IssueContent, tree: RegionTree, language: str
) -> Mapping[Slot, str]:
    """Where that map can be fetched, by the slots of an email; anywhere and by anyone."""
    drawn = drawn_map(assessed, content, tree, language)
    if drawn is None:
        return {}
    return {Slot.MAP_URL: map_url(drawn), Slot.DARK_MAP_URL: map_url(replace(drawn, dark=True))}


def map_in_an_email(trends: Trends, measured: str) -> MapView:
    """The map of `trends`, whose address is still to come; its readers share it."""
    return _shown(trends, measured, Slot.MAP_URL.mark, Slot.DARK_MAP_URL.mark)


def map_on_a_page(trends: Trends, measured: str, addresses: Mapping[Slot, str]) -> MapView:
    """The map of `trends` with its `addresses`."""
    return _shown(trends, measured, addresses[Slot.MAP_URL], addresses[Slot.DARK_MAP_URL])


def _shown(trends: Trends, measured: str, url: str, dark_url: str) -> MapView:
    return MapView(url=url, dark_url=dark_url, width=COLUMN, regions=trends, measured=measured)
