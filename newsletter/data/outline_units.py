"""Natural Earth's units, as their file has them: each with its names and the rings around it."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from subscribers.outlines.lines import Ring

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
#: Degrees from 180° within which a point is one of the cut that Natural Earth makes there.
CUT = 0.01
#: Countries that it cuts, and a longitude in their middle. Theirs go on beyond 180°.
ACROSS_THE_DATE_LINE = {"RU": 100, "FJ": 178, "US": -120, "NZ": 172, "KI": -170}


class Unit(NamedTuple):
    """A division as Natural Earth has it, in the country where ISO 3166 puts it."""

    country: str
    name: str
    #: What else it is called.
    names: tuple[str, ...]
    rings: list[Ring]


def read(source: Path) -> Iterator[Unit]:
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
