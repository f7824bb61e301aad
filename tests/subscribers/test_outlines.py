"""Outlines from GeoJSON: what is wrong with one is said, and where; the rest is made light."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any

import pytest

from subscribers.errors import OutlineRefused
from subscribers.outlines.crossings import crossing
from subscribers.outlines.geojson import LARGEST_FILE, MOST_POINTS, read
from subscribers.outlines.lines import TooIntricate

#: A square degree, as files have it.
SQUARE = [[-11, 14], [-10, 14], [-10, 15], [-11, 15], [-11, 14]]
ISLAND = [[-8, 14], [-7, 14], [-7, 15], [-8, 14]]


def polygon(*rings: Sequence[Sequence[float]], **more: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings), **more}


def feature(geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def text_of(plain: object) -> bytes:
    return json.dumps(plain).encode()


def circle(points: int) -> list[tuple[float, float]]:
    angles = [2 * pi * n / points for n in range(points)]
    return [(5 * cos(angle), 5 * sin(angle)) for angle in angles]


@pytest.mark.parametrize(
    "plain",
    [
        polygon(SQUARE),
        feature(polygon(SQUARE)),
        collection(feature(polygon(SQUARE))),
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        polygon(SQUARE, crs={"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
        polygon([[*point, 320.5] for point in SQUARE]),
    ],
)
def test_an_outline_is_read_out_of_whatever_is_around_it(plain: dict[str, Any]) -> None:
    drawn = read(text_of(plain))

    assert [[[list(p) for p in ring] for ring in piece] for piece in drawn.pieces] == [[SQUARE]]
    assert drawn.label == (-10.5, 14.5)


def test_pieces_and_holes_stay_and_the_largest_comes_first() -> None:
    hole = [[-10.7, 14.3], [-10.3, 14.3], [-10.3, 14.7], [-10.7, 14.3]]

    drawn = read(text_of({"type": "MultiPolygon", "coordinates": [[ISLAND], [SQUARE, hole]]}))

    assert [len(piece) for piece in drawn.pieces] == [2, 1]


def test_an_outline_may_lead_along_a_pole() -> None:
    coast = [[-180, -90], [-180, -70], [0, -65], [180, -70], [180, -90], [-180, -90]]

    assert read(text_of(polygon(coast))).points == len(coast)


def test_a_line_is_simplified_as_those_of_the_world_are() -> None:
    ring = circle(2000)

    drawn = read(text_of(polygon([*ring, ring[0]])))

    assert 20 < drawn.points < 60
    assert all(abs((x**2 + y**2) ** 0.5 - 5) < 0.001 for x, y in drawn.pieces[0][0])


def test_a_town_keeps_its_shape() -> None:
    ring = [(x / 1000, y / 1000) for x, y in circle(500)]

    assert read(text_of(polygon([*ring, ring[0]]))).points > 10


@pytest.mark.parametrize(
    ("plain", "sentence"),
    [
        ({"type": "Point"}, "This is a Point. An outline is a Polygon or a MultiPolygon."),
        ({"polygon": []}, "This is not GeoJSON."),
        (collection(), "There are 0 features in this file. A region has one: merge them first."),
        (
            collection(feature(polygon(SQUARE)), feature(polygon(SQUARE))),
            "There are 2 features in this file. A region has one: merge them first.",
        ),
        (polygon(), "There is no outline in this file."),
        (
            polygon(SQUARE[:-1]),
            "Piece 1, ring 1: The ring is not closed: it begins at [-11, 14] and ends at",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE, SQUARE[:2]]]},
            "Piece 2, ring 2: A ring has four points at least, the last like the first.",
        ),
        (
            polygon([[0, 0], [0, 0], [1, 1], [0, 0]]),
            "Piece 1, ring 1: The ring has nothing inside.",
        ),
        (
            polygon([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]),
            "The outline crosses or touches itself at [1, 1].",
        ),
        (
            polygon([[0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2], [0, 0]]),
            "The outline crosses or touches itself at [1, 1].",
        ),
        (
            polygon(SQUARE, [[-10.5, 14.5], [-9, 14.5], [-9, 14.7], [-10.5, 14.5]]),
            "The outline crosses or touches itself at [-10, 14.5].",
        ),
        (
            polygon([[-1224514, 1646500], [-1113194, 1646500], [0, 0], [-1224514, 1646500]]),
            "Piece 1, ring 1: [-1224514, 1646500] is no longitude and latitude: this is another",
        ),
        (
            polygon([[14, -111], [14, -110], [15, -110], [14, -111]]),
            "Piece 1, ring 1: At [14, -111] latitude comes first; longitude has to.",
        ),
        (
            polygon(SQUARE, crs={"type": "name", "properties": {"name": "EPSG:32629"}}),
            "This file is in another projection (EPSG:32629). Export it in longitude and",
        ),
        (
            {"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [2, 0], ["a", 0]]]},
            "Piece 1, ring 1: A point is a longitude and a latitude, like [-11.4, 14.4].",
        ),
        ({"type": "Polygon", "coordinates": [[1]]}, "Piece 1, ring 1: A point is a longitude"),
        ({"type": "Polygon", "coordinates": 5}, "This is not GeoJSON."),
        ({"type": "\ud800\u202e"}, "This is a ��. An outline is a Polygon or a MultiPolygon."),
        (
            polygon([[x / 1e6, y / 1e6] for x, y in SQUARE]),
            "This outline is too small: a map shows nothing below 100 metres.",
        ),
        (
            polygon([[177, -19], [-178, -19], [-178, -16], [177, -16], [177, -19]]),
            "Piece 1, ring 1: At [-178, -19] it crosses the date line. Cut the outline there",
        ),
        (
            polygon([[177, -19], [182, -19], [182, -16], [177, -19]]),
            "Piece 1, ring 1: At [182, -19] it crosses the date line. Cut the outline there",
        ),
        (polygon(SQUARE, ISLAND), "Piece 1, ring 2: This hole does not lie inside the first"),
        (polygon(SQUARE, SQUARE), "Piece 1, ring 2: This hole does not lie inside the first"),
        (
            polygon([[n / 1e4, 0] for n in range(MOST_POINTS + 1)]),
            f"This outline has more than {MOST_POINTS} points. Simplify it first.",
        ),
    ],
)
def test_what_is_no_outline_is_refused_with_a_sentence(
    plain: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(OutlineRefused) as refused:
        read(text_of(plain))

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"{\n  'a'}", "This is not JSON: look at line 2, column 3."),
        (b"\xff\xfe", "This file is not text in UTF-8."),
        (b"[" * 200_000, "This is not GeoJSON."),
        (b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "“NaN” is not a number."),
        (b" " * (LARGEST_FILE + 1), "This file has 5.0\xa0MB; an outline takes 5.0\xa0MB at most."),
    ],
)
def test_what_is_no_file_of_one_is_refused_with_a_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(OutlineRefused) as refused:
        read(raw)

    assert str(refused.value).startswith(sentence)


def test_neighbours_may_share_a_border() -> None:
    one = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]

    assert crossing([one, [(x + 1, y) for x, y in one]]) is None


def test_what_is_built_to_take_for_ever_is_given_up() -> None:
    spokes = 4000
    star = [
        point
        for number, (x, y) in enumerate(circle(2 * spokes))
        for point in [(x, y) if number % 2 else (x / 1e6, y / 1e6)]
    ]

    with pytest.raises(TooIntricate):
        crossing([star])
