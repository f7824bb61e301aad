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
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newsletter.data.outline_names import assigned, by_country, country_of, tell_what_is_missing
from newsletter.data.outline_rings import boxes_around, cut, merged, simplified
from newsletter.data.outline_units import Unit, read
from subscribers.outlines.lines import Point, Ring, area, middle

HERE = Path(__file__).resolve().parent

#: What ISO 3166 has as a country and as a division of another.
ALSO = {
    "GF": "FR-973",
    "GP": "FR-971",
    "MQ": "FR-972",
    "RE": "FR-974",
    "YT": "FR-976",
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
    shapes = simplified(_regions(list(read(source))))
    by_country: dict[str, dict[str, list[Ring]]] = defaultdict(dict)
    for code, rings in shapes.items():
        by_country[country_of(code)][code] = rings
    folder = HERE / "outlines"
    folder.mkdir(exist_ok=True)
    boxes = {}
    for country, regions in sorted(by_country.items()):
        features = [_feature(code, rings) for code, rings in sorted(regions.items())]
        lines = ",\n".join(json.dumps(f, separators=(",", ":")) for f in features)
        text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
        (folder / f"{country}.geojson").write_text(text, "utf-8")
        boxes[country] = boxes_around(ring for rings in regions.values() for ring in rings)
    lines = ",\n".join(f"{json.dumps(c)}:{json.dumps(box)}" for c, box in boxes.items())
    (folder / "boxes.json").write_text(f"{{\n{lines}\n}}\n", "utf-8")
    tell_what_is_missing(set(shapes))


def _regions(units: list[Unit]) -> dict[str, list[Ring]]:
    """The rings of each first-level division, and of what is left of each country, by code."""
    found: dict[str, list[Unit]] = defaultdict(list)
    for country, inside in by_country(units).items():
        for code, unit in assigned(country, inside):
            found[code].append(unit)
    regions = {code: merged(parts) for code, parts in found.items()}
    for near, code, line in CUTS:
        regions[near], regions[code] = cut(regions[near], line)
    return regions | {code: regions[same] for code, same in ALSO.items()}


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
