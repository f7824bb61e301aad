"""The outlines of places that maps are drawn from: see newsletter/data/make_outlines.py.

There is a file for each country, read when a map comes to show it.
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
    #: ISO 3166-1 code of the country it is or lies in.
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
    """The outline with that code.

    Raises:
        KeyError: there is none.
    """
    return in_country(country_of(code))[code]


def country_of(code: str) -> str:
    """The ISO 3166-1 code that a code of ISO 3166 begins with."""
    return code.partition("-")[0]


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
    return code in in_country(country_of(code))


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
def country_border(country: str) -> Collection[tuple[Point, Point]]:
    """The stretches that have a region of `country` on one side only."""
    own = {
        stretch
        for outline in in_country(country).values()
        for ring in outline.rings
        for stretch in pairwise(ring)
    }
    return sorted((a, b) for a, b in own if (b, a) not in own)


@cache
def _boxes() -> Mapping[str, Sequence[Box]]:
    plain = json.loads((FOLDER / "boxes.json").read_text("utf-8"))
    return {country: [Box(*sides) for sides in boxes] for country, boxes in plain.items()}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return {entry.code: entry.names for entry in read(SHIPPED)}


def _parts_of(place: str) -> Collection[str]:
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


def _outline(feature: Mapping[str, Any], country: str) -> Outline:
    properties = feature["properties"]
    return Outline(
        code=feature["id"],
        country=country,
        label=_point(properties["label"]),
        pieces=tuple(
            tuple(tuple(map(_point, ring)) for ring in piece)
            for piece in feature["geometry"]["coordinates"]
        ),
        is_schematic=properties.get("schematic", False),
    )


def _point(pair: Sequence[float]) -> Point:
    x, y = pair
    return x, y
