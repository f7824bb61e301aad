"""Make `outlines.geojson`: what maps in mail are drawn from.

    python -m newsletter.data.make_outlines world_map.gpkg

The source is Natural Earth 4.1 at 1:10 million (public domain) as Debian packages it: the file
usr/share/qgis/resources/data/world_map.gpkg of qgis-common 3.22. Its units are those of before
2016, so some regions are put together from smaller ones, and two lines inside Mali are drawn by
hand: those features carry `"schematic": true`.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import Any

Point = tuple[float, float]
#: Points in order; the last leads back to the first, which is not repeated.
Ring = list[Point]

HERE = Path(__file__).resolve().parent
REGIONS = HERE.parent.parent / "subscribers" / "data" / "west_africa.jsonl"
WORLD = REGIONS.with_name("world.jsonl")
#: In which names are kept: those that readers are spoken to in.
LANGUAGES = ("en", "fr", "es", "pt", "ar")

#: Degrees that a line may stray; about a pixel in the closest view.
TOLERANCE = 0.04
#: Square degrees below which an island is left out.
SMALLEST = 0.01

#: Countries of which every region is drawn, by Natural Earth's code.
MAPPED = {
    "MLI": "ML",
    "SEN": "SN",
    "GIN": "GN",
    "MRT": "MR",
    "CIV": "CI",
    "NER": "NE",
    "BFA": "BF",
}
#: Countries around them: one outline each, with their names.
AROUND = {
    "DZA": ("DZ", "Algeria", "Algérie"),
    "SAH": ("EH", "Western Sahara", "Sahara occidental"),
    "GMB": ("GM", "The Gambia", "Gambie"),
    "GNB": ("GW", "Guinea-Bissau", "Guinée-Bissau"),
    "SLE": ("SL", "Sierra Leone", "Sierra Leone"),
    "LBR": ("LR", "Liberia", "Libéria"),
    "GHA": ("GH", "Ghana", "Ghana"),
    "TGO": ("TG", "Togo", "Togo"),
    "BEN": ("BJ", "Benin", "Bénin"),
    "NGA": ("NG", "Nigeria", "Nigéria"),
    "TCD": ("TD", "Chad", "Tchad"),
    "LBY": ("LY", "Libya", "Libye"),
}
#: Natural Earth's units that make up a region of ISO 3166-2, where it is not one of that name.
MADE_OF = {
    "ML-6": "Timbuktu",
    "ML-4": "Ségou",
    "MR-08": "Dakhlet Nouadhibou",
    "GN-B": "Boke/Boffa/Fria/Gaoual/Koundara",
    "GN-D": "Kindia/Coyah/Dubréka/Forécariah/Télimélé",
    "GN-F": "Faranah/Dabola/Dinguiraye/Kissidougou",
    "GN-K": "Kankan/Kérouané/Kouroussa/Mandiana/Siguiri",
    "GN-L": "Labé/Koubia/Lélouma/Mali/Tougué",
    "GN-M": "Mamou/Dalaba/Pita",
    "GN-N": "Nzérékoré/Beyla/Guéckédou/Lola/Macenta/Yomou",
    "CI-CM": "Comoe/Sud-Comoé",
    "CI-GD": "Fromager/Sud-Bandama",
    "CI-LC": "Lacs/N'zi-Comoé",
    "CI-LG": "Lagunes/Agnéby",
    "CI-MG": "Dix-Huit Montagnes/Cavally",
    "CI-SM": "Haut-Sassandra/Marahoué",
    "CI-WR": "Bafing/Worodougou",
    "BF-01": "Balé/Banwa/Kossi/Mou Houn/Nayala/Sourou",
    "BF-02": "Komoé/Léraba",
    "BF-03": "Kadiogo",
    "BF-04": "Boulgou/Koulpélogo/Kouritenga",
    "BF-05": "Bam/Namentenga/Sanmatenga",
    "BF-06": "Boulkiemdé/Sanguié/Sissili/Ziro",
    "BF-07": "Bazéga/Nahouri/Zoundwéogo",
    "BF-08": "Gnagna/Gourma/Komondjari/Kompienga/Tapoa",
    "BF-09": "Houet/Kénédougou/Tuy",
    "BF-10": "Loroum/Passoré/Yatenga/Zondoma",
    "BF-11": "Ganzourgou/Kourwéogo/Oubritenga",
    "BF-12": "Oudalan/Séno/Soum/Yagha",
    "BF-13": "Bougouriba/Ioba/Noumbiel/Poni",
}
#: Their borders are older than the regions, or lie otherwise in part.
SCHEMATIC = {"ML-6", "ML-7", "ML-9", "ML-10", "CI-LG", "CI-LC"}

#: Lines drawn by hand: the unit they divide, the region on its far side, and the line itself.
#: Its ends are moved to the nearest point of the unit's border.
CUTS: tuple[tuple[str, str, list[Point]], ...] = (
    # Taoudenni lies north of it.
    (
        "Timbuktu",
        "ML-10",
        [(-6.0, 19.3), (-5.1, 19.2), (-4.2, 18.8), (-3.2, 18.8), (-2.5, 19.2), (-1.9, 19.6)],
    ),
    # Menaka lies east of it.
    (
        "Gao",
        "ML-9",
        [(1.2, 15.3), (1.4, 15.8), (1.6, 16.2), (1.7, 16.7), (1.5, 17.2), (1.75, 17.9)],
    ),
)

#: Where names stand, where the middle of the place would not do.
LABELS: Mapping[str, Point] = {
    "ML-1": (-10.6, 13.5),
    "ML-2": (-7.7, 14.75),
    "ML-3": (-6.4, 11.3),
    "ML-4": (-5.1, 13.6),
    "ML-5": (-3.0, 14.8),
    "ML-6": (-3.4, 17.2),
    "ML-7": (0.0, 16.6),
    "ML-8": (1.2, 19.4),
    "ML-9": (3.0, 16.4),
    "ML-10": (-3.7, 21.2),
    "ML-BKO": (-8.0, 12.55),
}


def main(source: Path) -> None:
    units = list(_read(source))
    regions = _regions(units)
    around = {
        code: _merged([u for u in units if u[0] == key]) for key, (code, *_n) in AROUND.items()
    }
    simple = _simplified({**regions, **around})
    features = [
        *(_feature(code, simple[code], **_named(code)) for code in regions),
        *(
            _feature(code, simple[code], names=names, country=code)
            for code, names in _countries_around().items()
        ),
    ]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    names = json.dumps(_countries(), ensure_ascii=False)
    text = f'{{"type":"FeatureCollection","countries":{names},"features":[\n{lines}\n]}}\n'
    (HERE / "outlines.geojson").write_text(text, "utf-8")


Unit = tuple[str, str, list[Ring]]


def _read(source: Path) -> Iterator[Unit]:
    """Country, name and rings of each unit; a ring that runs the other way is a hole."""
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT adm0_a3, name, geom FROM states_provinces")
        for country, name, blob in rows:
            if country in MAPPED or country in AROUND:
                yield country, name or "", list(_rings(blob))


def _rings(blob: bytes) -> Iterator[Ring]:
    """The rings of a GeoPackage geometry: a header, then well-known binary."""
    envelope = (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]
    place = 8 + envelope + 5
    (polygons,) = struct.unpack_from("<I", blob, place)
    place += 4
    for _polygon in range(polygons):
        (rings,) = struct.unpack_from("<I", blob, place + 5)
        place += 9
        for _ring in range(rings):
            (length,) = struct.unpack_from("<I", blob, place)
            values = struct.unpack_from(f"<{2 * length}d", blob, place + 4)
            place += 4 + 16 * length
            rounded = [round(value, 6) for value in values]
            points = list(zip(rounded[::2], rounded[1::2], strict=True))
            yield [p for p, q in pairwise(points) if p != q]


def _regions(units: list[Unit]) -> dict[str, list[Ring]]:
    """The rings of every mapped region, by its code."""
    known = {row["code"]: row for row in _rows()}
    regions = {}
    for code, row in known.items():
        if row["kind"] != "admin1" or code.startswith("x-"):
            continue
        country = next(key for key, iso in MAPPED.items() if code.startswith(f"{iso}-"))
        names = MADE_OF.get(code, _names(row)[1]).split("/")
        found = [u for u in units if u[0] == country and u[1] in names]
        if found:
            regions[code] = _merged(found)
    for unit, code, line in CUTS:
        near = next(c for c in regions if MADE_OF.get(c, _names(known[c])[1]) == unit)
        regions[near], regions[code] = _cut(regions[near], line)
    return regions


def _merged(units: Iterable[Unit]) -> list[Ring]:
    """The rings around all of `units`: borders between two of them cancel out."""
    edges = {
        edge
        for _country, _name, rings in units
        for ring in rings
        for edge in zip(ring, [*ring[1:], ring[0]], strict=True)
    }
    onward = defaultdict(list)
    for start, end in sorted(edges):
        if (end, start) not in edges:
            onward[start].append(end)
    rings = []
    while onward:
        ring = [min(onward)]
        while ring[-1] in onward:
            end = onward[ring[-1]].pop()
            if not onward[ring[-1]]:
                del onward[ring[-1]]
            if end == ring[0]:
                break
            ring.append(end)
        rings.append(ring)
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    return [r for r in rings if r is largest or abs(_area(r)) > SMALLEST]


def _cut(rings: list[Ring], line: list[Point]) -> tuple[list[Ring], list[Ring]]:
    """The one ring in two along `line`; the second lies farther north and east."""
    (ring,) = rings
    start, end = (ring.index(min(ring, key=lambda p: _distance(p, q))) for q in (line[0], line[-1]))
    line = line[1:-1]
    turned = ring[start:] + ring[:start]
    far = (end - start) % len(ring)
    one, other = turned[: far + 1] + line[::-1], turned[far:] + turned[:1] + line
    first, second = sorted((one, other), key=lambda r: min(p[0] + p[1] for p in r))
    return [first], [second]


def _simplified(shapes: Mapping[str, list[Ring]]) -> dict[str, list[Ring]]:
    """Every ring with fewer points; a border that two share stays one line."""
    touching = defaultdict(set)
    for ring in (ring for rings in shapes.values() for ring in rings):
        for one, next_one in zip(ring, [*ring[1:], ring[0]], strict=True):
            touching[one].add(next_one)
            touching[next_one].add(one)
    corners = {point for point, others in touching.items() if len(others) != 2}
    return {
        code: [simple for ring in rings if len(simple := _thinned(ring, corners)) > 2]
        for code, rings in shapes.items()
    }


def _thinned(ring: Ring, corners: Collection[Point]) -> Ring:
    stops = [i for i, point in enumerate(ring) if point in corners]
    if len(stops) < 2:
        # An island: two fixed points are as good as any.
        stops = sorted({ring.index(min(ring)), ring.index(max(ring))})
    thinned: Ring = []
    for start, end in zip(stops, [*stops[1:], stops[0] + len(ring)], strict=True):
        line = [ring[i % len(ring)] for i in range(start, end + 1)]
        # One direction for both sides of a border, so that both get the same points.
        forward = line[0] <= line[-1]
        thin = _thin(line if forward else line[::-1])
        thinned += (thin if forward else thin[::-1])[:-1]
    return [(round(x, 3), round(y, 3)) for x, y in thinned]


def _thin(line: list[Point]) -> list[Point]:
    """Douglas and Peucker's way: keep the point that strays most, if it strays too far."""
    if len(line) < 3:
        return line
    offs = [_off(point, line[0], line[-1]) for point in line[1:-1]]
    farthest = max(range(len(offs)), key=offs.__getitem__) + 1
    if offs[farthest - 1] < TOLERANCE:
        return [line[0], line[-1]]
    return _thin(line[: farthest + 1])[:-1] + _thin(line[farthest:])


def _off(point: Point, start: Point, end: Point) -> float:
    """How far `point` lies off the line from `start` to `end`."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    if not length:
        return _distance(point, start)
    share = (point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]
    share = min(1.0, max(0.0, share / length))
    return _distance(point, (start[0] + share * along[0], start[1] + share * along[1]))


def _distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _area(ring: Ring) -> float:
    """Square degrees, below nothing for a ring that runs clockwise."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _middle(rings: list[Ring]) -> Point:
    """The point of a coarse grid over the largest ring that is farthest from its border."""
    ring = max(rings, key=lambda r: abs(_area(r)))
    left, right = min(x for x, _y in ring), max(x for x, _y in ring)
    low, high = min(y for _x, y in ring), max(y for _x, y in ring)
    grid = [
        (left + (right - left) * i / 40, low + (high - low) * j / 40)
        for i in range(1, 40)
        for j in range(1, 40)
    ]
    sides = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    return max(
        (point for point in grid if _is_inside(point, sides)),
        key=lambda point: min(_off(point, *side) for side in sides),
    )


def _is_inside(point: Point, sides: Iterable[tuple[Point, Point]]) -> bool:
    x, y = point
    crossed = [(x1, y1, x2, y2) for (x1, y1), (x2, y2) in sides if (y1 > y) != (y2 > y)]
    return sum(x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 for x1, y1, x2, y2 in crossed) % 2 == 1


def _countries() -> dict[str, dict[str, str]]:
    """How each country is called, by its code."""
    codes = [row["code"] for row in _rows() if row["kind"] == "country"]
    return {code: _in_languages(code) for code in codes} | _countries_around()


def _countries_around() -> dict[str, dict[str, str]]:
    return {code: _in_languages(code) | {"en": en, "fr": fr} for code, en, fr in AROUND.values()}


def _in_languages(code: str) -> dict[str, str]:
    """How a place is called, by language."""
    world = map(json.loads, WORLD.read_text("utf-8").splitlines())
    row = next(row for row in (*_rows(), *world) if row["code"] == code)
    return {tag: row["names"][tag] for tag in LANGUAGES if tag in row["names"]}


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in REGIONS.read_text("utf-8").splitlines()]


def _names(row: Mapping[str, Any]) -> tuple[str, str]:
    names = row["names"]
    return names["en"], names.get("fr", names["en"])


def _named(code: str) -> dict[str, Any]:
    row = next(row for row in _rows() if row["code"] == code)
    named = {"names": _in_languages(code), "country": row["parent"]}
    return named | ({"schematic": True} if code in SCHEMATIC else {})


def _feature(code: str, rings: list[Ring], **properties: Any) -> dict[str, Any]:
    label = LABELS.get(code) or _middle(rings)
    closed = [[*ring, ring[0]] for ring in sorted(rings, key=lambda r: -abs(_area(r)))]
    runs_right = _area(closed[0]) > 0
    holes = [ring for ring in closed if (_area(ring) > 0) != runs_right]
    (main, *islands) = (ring for ring in closed if ring not in holes)
    return {
        "type": "Feature",
        "id": code,
        "properties": {**properties, "label": [round(value, 2) for value in label]},
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [[main, *holes], *([i] for i in islands)],
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
