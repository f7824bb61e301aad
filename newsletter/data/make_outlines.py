"""Make `outlines/`: what maps in mail are drawn from, a file for each country.

    python -m newsletter.data.make_outlines world_map.gpkg

The source is Natural Earth 4.1 at 1:10 million (public domain) as Debian packages it: the file
usr/share/qgis/resources/data/world_map.gpkg of qgis-common 3.22. Its units are those of about
2015, so some regions are put together from smaller ones, and two lines inside Mali are drawn by
hand: those features carry `"schematic": true`. A unit is known by its name. What belongs to no
first-level division of ISO 3166-2 goes into one feature with the code of its country, so that
the country is whole; the divisions that then have no outline are listed, and are tiles on maps.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from subscribers.collation import fold
from subscribers.outlines.lines import Point, Ring, area, distance, middle, rounded, thinned

HERE = Path(__file__).resolve().parent
REGIONS = HERE.parent.parent / "subscribers" / "data"

#: Square degrees below which an island is left out.
SMALLEST = 0.004
#: Degrees between parts of a country that are looked for apart.
APART = 5
#: How like two spellings of one name are at least, of 1.
NEARLY = 0.8
#: Units that are cut otherwise by now, whatever is called nearly alike.
UNLIKE = ("Nouakchott",)
#: What ISO 3166 has as a country and as a division of another.
ALSO = {
    "GF": "FR-973",
    "GP": "FR-971",
    "MQ": "FR-972",
    "RE": "FR-974",
    "YT": "FR-976",
}

#: Where ISO 3166 puts a unit that Natural Earth has elsewhere or nowhere, by its `adm0_a3`.
COUNTRY_OF = {
    "SOL": "SO",
    "CYN": "CY",
    "ESB": "CY",
    "WSB": "CY",
    "KAB": "KZ",
    "USG": "CU",
    "KAS": "IN",
    "CLP": "FR",
    "PGA": "VN",
}
#: The same for one unit, by its name.
MOVED = {("RU", "Crimea"): "UA", ("RU", "Sevastopol"): "UA"} | {
    (country, name): code
    for country in ("-1", "AU")
    for name, code in (("Cocos (Keeling) Islands", "CC"), ("Christmas Island", "CX"))
}
#: Countries that Natural Earth cuts at 180°, and a longitude in their middle. Theirs go on
#: beyond it.
CUT = 0.01
ACROSS_THE_DATE_LINE = {"RU": 100, "FJ": 178, "US": -120, "NZ": 172, "KI": -170}
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
    "UA-30": "Kiev City",
    "UA-32": "Kiev",
    "UA-43": "Crimea",
    "UA-40": "Sevastopol",
    "NO-30": "Akershus/Buskerud/Østfold",
    "NO-34": "Hedmark/Oppland",
    "NO-38": "Telemark/Vestfold",
    "NO-42": "Aust-Agder/Vest-Agder",
    "NO-46": "Hordaland/Sogn og Fjordane",
    "NO-50": "Nord-Trøndelag/Sør-Trøndelag",
    "NO-54": "Finnmark/Troms",
    "PK-KP": "F.A.T.A./K.P.",
    "PK-IS": "F.C.T.",
    "PK-GB": "Northern Areas",
    "PK-JK": "Azad Kashmir",
    "IQ-KI": "At-Ta'mim",
    "IQ-SD": "Sala ad-Din",
    "SY-HI": "Homs (Hims)",
    "SY-HA": "Hasaka (Al Haksa)",
    "YE-DA": "Al Dali'",
    "RU-AL": "Gorno-Altay",
    "RU-IN": "Ingush",
    "CD-BC": "Bas-Congo",
    "ID-PA": "Papua",
    "ID-MA": "Maluku",
    "CD-KN": "Kinshasa City",
    "KE-30": "Nairobi",
}
#: Their borders are older than the regions, or lie otherwise in part.
SCHEMATIC = {"ID-PA", "ML-6", "ML-7", "ML-9", "ML-10", "CI-LG", "CI-LC"}

#: Lines drawn by hand: the region they divide, the one on its far side, and the line itself.
#: Its ends are moved to the nearest point of the unit's border.
CUTS: tuple[tuple[str, str, list[Point]], ...] = (
    # Taoudenni lies north of it.
    (
        "ML-6",
        "ML-10",
        [(-6.0, 19.3), (-5.1, 19.2), (-4.2, 18.8), (-3.2, 18.8), (-2.5, 19.2), (-1.9, 19.6)],
    ),
    # Menaka lies east of it.
    (
        "ML-7",
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
    shapes = _simplified(_regions(list(_read(source))))
    by_country: dict[str, dict[str, list[Ring]]] = defaultdict(dict)
    for code, rings in shapes.items():
        by_country[_country(code)][code] = rings
    folder = HERE / "outlines"
    folder.mkdir(exist_ok=True)
    boxes = {}
    for country, regions in sorted(by_country.items()):
        features = [_feature(code, rings) for code, rings in sorted(regions.items())]
        lines = ",\n".join(json.dumps(f, separators=(",", ":")) for f in features)
        text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
        (folder / f"{country}.geojson").write_text(text, "utf-8")
        boxes[country] = _boxes(ring for rings in regions.values() for ring in rings)
    lines = ",\n".join(f"{json.dumps(c)}:{json.dumps(box)}" for c, box in boxes.items())
    (folder / "boxes.json").write_text(f"{{\n{lines}\n}}\n", "utf-8")
    _tell_what_is_missing(set(shapes))


class Unit(NamedTuple):
    country: str
    name: str
    #: What else it is called.
    names: tuple[str, ...]
    rings: list[Ring]


def _read(source: Path) -> Iterator[Unit]:
    """Each unit; a ring that runs the other way is a hole."""
    columns = "iso_a2, adm0_a3, name, woe_name, gn_name, geom"
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as database:
        rows = database.execute(f"SELECT {columns} FROM states_provinces")  # noqa: S608
        for iso, key, name, *others, blob in rows:
            country = MOVED.get((iso, name)) or COUNTRY_OF.get(key, iso)
            names = tuple(text for text in (name, *others) if text)
            if country.isalpha():
                rings = [_beside_the_rest(country, ring) for ring in _rings(blob)]
                yield Unit(country, name or "", names, rings)


def _beside_the_rest(country: str, ring: Ring) -> Ring:
    """`ring`, moved once around the world if the date line parts it from its country."""
    if country not in ACROSS_THE_DATE_LINE:
        return ring
    middle = sum(x for x, _y in ring) / len(ring)
    turns = round((ACROSS_THE_DATE_LINE[country] - middle) / 360)
    moved = [(x + 360 * turns, y) for x, y in ring]
    # The cut is made alike on both sides, and falls away where they are put together.
    return [(180.0, round(y, 2)) if abs(x - 180) < CUT else (x, y) for x, y in moved]


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
    """The rings of each first-level division, and of what is left of each country, by code."""
    found: dict[str, list[Unit]] = defaultdict(list)
    for country, inside in _by_country(units).items():
        for code, unit in _assigned(country, inside):
            found[code].append(unit)
    regions = {code: _merged(parts) for code, parts in found.items()}
    for near, code, line in CUTS:
        regions[near], regions[code] = _cut(regions[near], line)
    return regions | {code: regions[same] for code, same in ALSO.items()}


def _by_country(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    countries: dict[str, list[Unit]] = defaultdict(list)
    known = _rows()
    for unit in units:
        if unit.country in known or unit.country == "XK":
            countries["RS" if unit.country == "XK" else unit.country].append(unit)
    return countries


def _assigned(country: str, units: list[Unit]) -> Iterator[tuple[str, Unit]]:
    """Each unit and the division that it belongs to, or its country.

    First by hand, then by name, then by what is written nearly alike. Some countries are in
    the source by divisions of the second level: those of the first are put together on maps.
    """
    by_hand = {code: names for code, names in MADE_OF.items() if _country(code) == country}
    made = {name: code for code, names in by_hand.items() for name in names.split("/")}
    names = _divisions(country)
    rest: list[Unit] = []
    taken = set()
    for unit in units:
        kosovo = "RS-KM" if unit.country == "XK" else None
        if code := kosovo or made.get(unit.name) or _named(unit, names):
            taken.add(code)
            yield code, unit
        else:
            rest.append(unit)
    yield from _alike(country, rest, {n: c for n, c in names.items() if c not in taken})


def _divisions(country: str) -> dict[str, str]:
    """The codes of the divisions of `country` by their folded spellings; the first level wins.

    What several divisions are called, Nouakchott, is the name of none.
    """
    found: dict[str, str] = {}
    for kind in ("admin2", "admin1"):
        spelled: dict[str, set[str]] = defaultdict(set)
        for row in _rows().values():
            if row["kind"] == kind and _country(row["code"]) == country and row["code"][:2] != "x-":
                for text in (*row["names"].values(), *row.get("aliases", ())):
                    spelled[_bare(text)].add(row["code"])
        found |= {text: min(codes) for text, codes in spelled.items() if len(codes) == 1}
    return found


def _named(unit: Unit, names: Mapping[str, str]) -> str | None:
    return next(filter(None, (names.get(_bare(n)) for n in unit.names)), None)


def _bare(name: str) -> str:
    return fold(name).replace(" ", "")


def _alike(country: str, units: Iterable[Unit], free: dict[str, str]) -> Iterator[tuple[str, Unit]]:
    """Each unit with the division whose name is nearly alike, or with its country."""
    for unit in units:
        # North is like south, and east like west, but for their first letters.
        beginning = _bare(unit.name)[:1]
        alike = [name for name in free if name[:1] == beginning and unit.name not in UNLIKE]
        near = get_close_matches(_bare(unit.name), alike, n=1, cutoff=NEARLY)
        code = free[near[0]] if near else country
        yield code, unit
        free = {name: c for name, c in free.items() if c != code}


def _country(code: str) -> str:
    return code.removeprefix("x-")[:2]


@cache
def _rows() -> dict[str, dict[str, Any]]:
    """The regions that come with the service, by code."""
    files = (REGIONS / "west_africa.jsonl", REGIONS / "world.jsonl")
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    rows = map(json.loads, lines)
    return {r["code"]: r for r in rows if r["kind"] in ("country", "admin1", "admin2")}


def _tell_what_is_missing(drawn: set[str]) -> None:
    above = {_rows()[code].get("parent") for code in drawn}
    missing: dict[str, list[str]] = defaultdict(list)
    for code, row in _rows().items():
        if row["kind"] == "admin1" and code[:2] != "x-" and code not in drawn | above:
            missing[_country(code)].append(row["names"]["en"])
    for country, names in sorted(missing.items()):
        print(f"{country}: {', '.join(names)}")


def _merged(units: Iterable[Unit]) -> list[Ring]:
    """The rings around all of `units`: borders between two of them cancel out."""
    edges = {
        edge
        for unit in units
        for ring in unit.rings
        for edge in zip(ring, [*ring[1:], ring[0]], strict=True)
        if not edge[0][0] == edge[1][0] == 180
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
    largest = max(rings, key=lambda ring: abs(area(ring)))
    return [r for r in rings if r is largest or abs(area(r)) > SMALLEST]


def _cut(rings: list[Ring], line: list[Point]) -> tuple[list[Ring], list[Ring]]:
    """The one ring in two along `line`; the second lies farther north and east."""
    (ring,) = rings
    start, end = (ring.index(min(ring, key=lambda p: distance(p, q))) for q in (line[0], line[-1]))
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
        code: [simple for ring in rings if len(simple := thinned(ring, corners)) > 2]
        # What is too small to be simplified stays as it is.
        or [[rounded(point) for point in max(rings, key=len)]]
        for code, rings in shapes.items()
    }


def _boxes(rings: Iterable[Ring]) -> list[list[float]]:
    """Few boxes that have all `rings` in them: west, south, east, north, far parts apart."""
    boxes: list[list[float]] = []
    for ring in rings:
        xs, ys = zip(*ring, strict=True)
        box = [min(xs), min(ys), max(xs), max(ys)]
        while near := [other for other in boxes if _meet(box, other)]:
            boxes = [other for other in boxes if other not in near]
            sides = list(zip(box, *near, strict=True))
            box = [min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])]
        boxes.append(box)
    return boxes


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(
        one[low] <= other[low + 2] + APART and other[low] <= one[low + 2] + APART for low in (0, 1)
    )


def _feature(code: str, rings: list[Ring]) -> dict[str, Any]:
    label = LABELS.get(code) or middle(rings)
    closed = [[*ring, ring[0]] for ring in sorted(rings, key=lambda r: -abs(area(r)))]
    runs_right = area(closed[0]) > 0
    holes = [ring for ring in closed if (area(ring) > 0) != runs_right]
    (main, *islands) = (ring for ring in closed if ring not in holes)
    properties: dict[str, Any] = {"label": [round(value, 2) for value in label]}
    if code in SCHEMATIC:
        properties["schematic"] = True
    return {
        "type": "Feature",
        "id": code,
        "properties": properties,
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [[main, *holes], *([i] for i in islands)],
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
