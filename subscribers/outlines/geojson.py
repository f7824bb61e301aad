"""An outline from a file of GeoJSON (RFC 7946). What is wrong with it is said, and where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, NoReturn

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from subscribers.errors import OutlineRefused
from subscribers.outlines.crossings import crossing
from subscribers.outlines.drawing import DrawnOutline, drawn
from subscribers.outlines.lines import Point, Ring, TooIntricate, Work, area, is_inside

#: Bytes of a file. What is larger is not even read.
LARGEST_FILE = 5 * 1024**2
#: Points of an outline. A map in mail shows some hundred of them.
MOST_POINTS = 50_000
#: Holes that are compared with the longest line there is.
_HOLES = 100

#: How files say that they are in longitude and latitude by WGS 84, where they say it at all.
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


def check_size(size: int) -> None:
    """Refuse a file of that many bytes before it is read.

    Raises:
        OutlineRefused: it is too large.
    """
    if size > LARGEST_FILE:
        raise OutlineRefused(
            _("This file has %(size)s; an outline takes %(most)s at most. Simplify it first.")
            % {"size": filesizeformat(size), "most": filesizeformat(LARGEST_FILE)}
        )


def read(raw: bytes) -> DrawnOutline:
    """The outline in the file `raw`, simplified as those of the world are.

    It is one Polygon or MultiPolygon, alone, as a Feature, or as the only one of a
    FeatureCollection, in longitude and latitude by WGS 84.

    Raises:
        OutlineRefused: it is anything else, or its lines are open, cross, or do
            not lie in each other as they have to.
    """
    check_size(len(raw))
    pieces = list(_pieces(_geometry(_parsed(raw))))
    try:
        _check_crossings(pieces)
        _check_holes(pieces)
        found = drawn(pieces)
    except TooIntricate:
        raise OutlineRefused(
            _("This outline is too intricate to be checked. Simplify it first.")
        ) from None
    if not any(area(around) for around, *_holes in found.pieces):
        raise OutlineRefused(_("This outline is too small: a map shows nothing below 100 metres."))
    return found


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_number)
    except UnicodeDecodeError:
        raise OutlineRefused(_("This file is not text in UTF-8.")) from None
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise OutlineRefused(
            _("This is not JSON: look at line %(line)d, column %(column)d.") % where
        ) from None
    except (RecursionError, ValueError):
        # Brackets in brackets without end, or a number of thousands of digits.
        raise OutlineRefused(_("This is not GeoJSON.")) from None


def _refuse_number(name: str) -> NoReturn:
    raise OutlineRefused(_("“%(number)s” is not a number.") % {"number": name})


def _geometry(plain: Any) -> Mapping[str, Any]:
    """The one geometry in `plain`, out of whatever is around it."""
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
        raise OutlineRefused(_("This is not GeoJSON."))
    _check_projection(plain.get("crs"))
    if plain["type"] == "FeatureCollection":
        return _geometry(_only_feature(plain.get("features")))
    if plain["type"] == "Feature":
        return _geometry(plain.get("geometry"))
    if plain["type"] not in ("Polygon", "MultiPolygon"):
        raise OutlineRefused(
            _("This is a %(type)s. An outline is a Polygon or a MultiPolygon.")
            % {"type": _quoted(plain["type"][:40])}
        )
    return plain


def _only_feature(features: Any) -> Any:
    if not isinstance(features, list) or len(features) != 1:
        number = len(features) if isinstance(features, list) else 0
        raise OutlineRefused(
            _("There are %(number)d features in this file. A region has one: merge them first.")
            % {"number": number}
        )
    if isinstance(features[0], dict) and features[0].get("type") == "FeatureCollection":
        raise OutlineRefused(_("This is not GeoJSON."))
    return features[0]


def _check_projection(crs: Any) -> None:
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "") if isinstance(properties, dict) else "")
    if not name.endswith(_WGS84):
        raise OutlineRefused(
            _(
                "This file is in another projection (%(name)s). Export it in longitude and"
                " latitude, WGS 84 (EPSG:4326)."
            )
            % {"name": _quoted(name[:60]) or "crs"}
        )


def _pieces(geometry: Mapping[str, Any]) -> Iterator[list[Ring]]:
    coordinates = geometry.get("coordinates")
    polygons: Any = [coordinates] if geometry["type"] == "Polygon" else coordinates
    _check_lists(polygons)
    if sum(len(ring) for rings in polygons for ring in rings) > MOST_POINTS:
        raise OutlineRefused(
            _("This outline has more than %(most)d points. Simplify it first.")
            % {"most": MOST_POINTS}
        )
    for piece, rings in enumerate(polygons, start=1):
        yield [
            _ring(ring, _("Piece %(piece)d, ring %(ring)d") % {"piece": piece, "ring": number})
            for number, ring in enumerate(rings, start=1)
        ]


def _check_lists(polygons: Any) -> None:
    """Refuse what is not a list of pieces, each a list of rings, each a list."""
    lists = isinstance(polygons, list) and all(isinstance(rings, list) for rings in polygons)
    if not lists or not all(isinstance(ring, list) for rings in polygons for ring in rings):
        raise OutlineRefused(_("This is not GeoJSON."))
    if not polygons or not all(polygons):
        raise OutlineRefused(_("There is no outline in this file."))


def _ring(plain: Sequence[Any], where: str) -> Ring:
    points = [_point(position, where) for position in plain]
    if len(points) < 4:
        raise _refused(where, _("A ring has four points at least, the last like the first."))
    if points[0] != points[-1]:
        raise _refused(
            where,
            _("The ring is not closed: it begins at %(start)s and ends at %(end)s.")
            % {"start": _told(points[0]), "end": _told(points[-1])},
        )
    for one, following in pairwise(points):
        # Only along a pole, and the edge of such a map, does a line lead all the way around.
        if abs(one[0] - following[0]) > 180 and {abs(one[0]), abs(following[0])} != {180}:
            raise _refused(where, _over_the_date_line(following))
    distinct = [one for one, following in pairwise(points) if one != following]
    if len(distinct) < 3:
        raise _refused(where, _("The ring has nothing inside."))
    return distinct


def _point(position: Any, where: str) -> Point:
    if not isinstance(position, list) or len(position) < 2 or not all(map(_is_one, position[:2])):
        raise _refused(where, _("A point is a longitude and a latitude, like [-11.4, 14.4]."))
    x, y = map(float, position[:2])
    if abs(x) <= 180 and abs(y) <= 90:
        return x, y
    if abs(x) <= 360 and abs(y) <= 90:
        raise _refused(where, _over_the_date_line((x, y)))
    at = {"point": _told((x, y))}
    if abs(x) <= 90 and abs(y) <= 180:
        raise _refused(where, _("At %(point)s latitude comes first; longitude has to.") % at)
    raise _refused(
        where,
        _(
            "%(point)s is no longitude and latitude: this is another projection. Export the file"
            " in WGS 84 (EPSG:4326)."
        )
        % at,
    )


def _is_one(number: Any) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) < 1e12 and isfinite(number)


def _check_crossings(pieces: Sequence[Sequence[Ring]]) -> None:
    point = crossing([ring for piece in pieces for ring in piece])
    if point is not None:
        raise OutlineRefused(
            _("The outline crosses or touches itself at %(point)s.") % {"point": _told(point)}
        )


def _check_holes(pieces: Sequence[Sequence[Ring]]) -> None:
    """What is not in a piece lies within the line around it. No lines cross by now."""
    work = Work(_HOLES * MOST_POINTS)
    for number, (around, *holes) in enumerate(pieces, start=1):
        sides = list(pairwise([*around, around[0]]))
        corners = set(around)
        for ring, hole in enumerate(holes, start=2):
            work.does(len(sides))
            point = next((point for point in hole if point not in corners), None)
            if point is None or not is_inside(point, sides):
                where = _("Piece %(piece)d, ring %(ring)d") % {"piece": number, "ring": ring}
                raise _refused(where, _("This hole does not lie inside the first ring."))


def _over_the_date_line(point: Point) -> str:
    return _(
        "At %(point)s it crosses the date line. Cut the outline there into pieces, with"
        " longitudes from -180 to 180."
    ) % {"point": _told(point)}


def _quoted(text: str) -> str:
    """What a file says, without what does not show, or turns the words after it around."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _told(point: Point) -> str:
    """As the file has it, longitude first."""
    return "[{}, {}]".format(*(f"{value:.5f}".rstrip("0").rstrip(".") for value in point))


def _refused(where: str, why: str) -> OutlineRefused:
    return OutlineRefused(f"{where}: {why}")
