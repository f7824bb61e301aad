"""The outlines of places that maps are drawn from: see newsletter/data/make_outlines.py.

There is a file for each country, read when a map comes to show it. Where staff gave a region an
outline of its own, that is in the database, and goes by the code and its digest, after an “@”.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from subscribers.fallback import in_language
from subscribers.models import Region, RegionKind, RegionOutline
from subscribers.regions.files import SHIPPED, read

FOLDER = Path(__file__).resolve().parent.parent / "data" / "outlines"

#: Longitude and latitude, in degrees. What lies beyond the date line may go on beyond 180.
Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True)
class Outline:
    """A division, or what belongs to none of its country."""

    #: ISO 3166-2; ISO 3166-1 for the rest of a country, or all of it.
    code: str
    #: ISO 3166-1 code of the country it is or lies in; empty for what is wider.
    country: str
    #: Where its name stands.
    label: Point
    #: Its pieces: of each the closed line around it, then those around what is not in it.
    pieces: tuple[tuple[Ring, ...], ...]
    #: Whether a part of its border was drawn by hand.
    is_schematic: bool

    @property
    def rings(self) -> Iterator[Ring]:
        """Every line of its border."""
        return chain.from_iterable(self.pieces)

    def name(self, language: str) -> str:
        return name_of(self.code, language)


@dataclass(frozen=True)
class Box:
    """A part of the world, in degrees. Where it crosses the date line, `east` is beyond 180."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: Box) -> bool:
        """Whether they share a part, however many times around the world one is counted."""
        if self.south > other.north or self.north < other.south:
            return False
        return any(
            self.west <= other.east + turn and self.east >= other.west + turn
            for turn in (-360, 0, 360)
        )


def outline(code: str) -> Outline:
    """The outline with that code; of staff, the one that the region has by now.

    Raises:
        KeyError: there is none.
    """
    if (given := _given(code)) is not None:
        return given
    return in_country(country_of(code))[bare(code)]


def bare(code: str) -> str:
    """The code of the region, without the digest of an outline that staff gave it."""
    return code.partition("@")[0]


def country_of(code: str) -> str:
    """The ISO 3166-1 code that a code of ISO 3166 begins with."""
    return bare(code).partition("-")[0]


@cache
def in_country(country: str) -> Mapping[str, Outline]:
    """The outlines that make up `country`, by code; none if it is not known."""
    if country not in _boxes():
        return {}
    plain = json.loads((FOLDER / f"{country}.geojson").read_text("utf-8"))
    return {f["id"]: _outline(f, country) for f in plain["features"]}


def countries_in(box: Box) -> list[str]:
    """The countries that may have land in `box`."""
    boxes = _boxes().items()
    return [country for country, parts in boxes if any(part.meets(box) for part in parts)]


def is_drawn(code: str) -> bool:
    return _given(code) is not None or bare(code) in in_country(country_of(code))


def outlined(places: Iterable[str]) -> tuple[str, ...]:
    """The codes of the outlines that make up `places`; none unless every place is covered.

    A country is made up of its regions, and a division without an outline of those inside it.
    """
    found: list[str] = []
    for place in places:
        parts = _parts_of(place)
        if not parts:
            return ()
        found.extend(parts)
    return tuple(sorted(set(found)))


def name_of(code: str, language: str) -> str:
    """What a country or division is called in `language`, or a wider one, or English."""
    return in_language(_names()[code], language)


@cache
def country_border(country: str) -> Sequence[Ring]:
    """The lines that have a region of `country` on one side only."""
    own = {
        stretch
        for outline in in_country(country).values()
        for ring in outline.rings
        for stretch in pairwise(ring)
    }
    return _lines(sorted((a, b) for a, b in own if (b, a) not in own))


def _lines(stretches: Sequence[tuple[Point, Point]]) -> Sequence[Ring]:
    """`stretches` joined where one begins at the end of another."""
    onward = defaultdict(list)
    for start, end in stretches:
        onward[start].append(end)
    lines = []
    for start, ends in onward.items():
        while ends:
            line = [start]
            while following := onward.get(line[-1]):
                line.append(following.pop())
            lines.append(tuple(line))
    return lines


@cache
def _boxes() -> Mapping[str, Sequence[Box]]:
    plain = json.loads((FOLDER / "boxes.json").read_text("utf-8"))
    return {country: [Box(*sides) for sides in boxes] for country, boxes in plain.items()}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return {entry.code: entry.names for entry in read(SHIPPED)}


def _parts_of(place: str) -> Collection[str]:
    if place != bare(place):
        return [place]
    known = in_country(country_of(place))
    if place == country_of(place):
        return known.keys()
    if place in known:
        return [place]
    inside = _inside().get(place, [])
    return inside if known.keys() >= set(inside) else []


@cache
def _inside() -> Mapping[str, Sequence[str]]:
    """The divisions right inside each place."""
    inside = defaultdict(list)
    for entry in read(SHIPPED):
        if entry.parent and not entry.code.startswith("x-"):
            inside[entry.parent].append(entry.code)
    return inside


def _given(code: str) -> Outline | None:
    """What staff gave the region, if `code` has a digest: of the outline that it has by now."""
    if code == bare(code):
        return None
    around = RegionOutline.objects.select_related("region__parent__parent__parent")
    found = around.filter(region__code=bare(code)).first()
    return _drawn_by_staff(found) if found else None


def _drawn_by_staff(stored: RegionOutline) -> Outline:
    return Outline(
        code=f"{stored.region.code}@{stored.digest}",
        country=_country_around(stored.region),
        label=_point(stored.label),
        pieces=_pieces(stored.pieces),
        is_schematic=False,
    )


def _country_around(region: Region | None) -> str:
    while region is not None and region.kind != RegionKind.COUNTRY:
        region = region.parent
    return region.code if region else ""


def _pieces(plain: Sequence[Any]) -> tuple[tuple[Ring, ...], ...]:
    return tuple(tuple(tuple(map(_point, ring)) for ring in piece) for piece in plain)


def _outline(feature: Mapping[str, Any], country: str) -> Outline:
    properties = feature["properties"]
    return Outline(
        code=feature["id"],
        country=country,
        label=_point(properties["label"]),
        pieces=_pieces(feature["geometry"]["coordinates"]),
        is_schematic=properties.get("schematic", False),
    )


def _point(pair: Sequence[float]) -> Point:
    x, y = pair
    return x, y
