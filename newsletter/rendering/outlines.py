"""The outlines of places that maps are drawn from: see newsletter/data/make_outlines.py."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from subscribers.fallback import in_language

FILE = Path(__file__).resolve().parent.parent / "data" / "outlines.geojson"

#: Longitude and latitude, in degrees.
Point = tuple[float, float]
Ring = tuple[Point, ...]


@dataclass(frozen=True)
class Outline:
    """A region, or a whole country that only stands around others."""

    code: str
    #: By language.
    names: Mapping[str, str]
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
        return in_language(self.names, language)


@cache
def outlines() -> Mapping[str, Outline]:
    """Every outline by its code: ISO 3166-2, or ISO 3166-1 for a country as a whole."""
    return {feature["id"]: _outline(feature) for feature in _file()["features"]}


def outlined(places: Iterable[str]) -> tuple[str, ...]:
    """The codes of the outlines that make up `places`; none unless every place is covered.

    A country is made up of its regions.
    """
    found: list[str] = []
    for place in places:
        parts = _parts_of(place)
        if not parts:
            return ()
        found.extend(parts)
    return tuple(sorted(set(found)))


def country_name(code: str, language: str) -> str:
    """The country's name in `language`, English where there is no other."""
    names: Mapping[str, str] = _file()["countries"][code]
    return in_language(names, language)


@cache
def country_borders() -> Mapping[str, Collection[tuple[Point, Point]]]:
    """The stretches that have a country's regions on one side only, by its code."""
    stretches: dict[str, set[tuple[Point, Point]]] = {}
    for outline in outlines().values():
        own = stretches.setdefault(outline.country, set())
        for ring in outline.rings:
            own.update(pairwise(ring))
    return {
        country: sorted((a, b) for a, b in own if (b, a) not in own)
        for country, own in stretches.items()
    }


@cache
def _file() -> Mapping[str, Any]:
    plain: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return plain


def _parts_of(place: str) -> list[str]:
    known = outlines()
    if place in known:
        return [place]
    return [code for code, outline in known.items() if outline.country == place]


def _outline(feature: Mapping[str, Any]) -> Outline:
    named = feature["properties"]
    return Outline(
        code=feature["id"],
        names=named["names"],
        country=named["country"],
        label=_point(named["label"]),
        pieces=tuple(
            tuple(tuple(map(_point, ring)) for ring in piece)
            for piece in feature["geometry"]["coordinates"]
        ),
        is_schematic=named.get("schematic", False),
    )


def _point(pair: Sequence[float]) -> Point:
    x, y = pair
    return x, y
