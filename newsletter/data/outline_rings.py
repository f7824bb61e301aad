"""Rings around regions: put together, cut, drawn with fewer points, and boxes around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from newsletter.data.outline_units import Unit
from subscribers.outlines.lines import Point, Ring, area, distance, rounded, thinned

#: Square degrees below which an island is left out.
SMALLEST = 0.004
#: Degrees between parts of a country that are looked for apart.
APART = 5


def merged(units: Iterable[Unit]) -> list[Ring]:
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


def cut(rings: list[Ring], line: list[Point]) -> tuple[list[Ring], list[Ring]]:
    """The one ring in two along `line`; the second lies farther north and east."""
    (ring,) = rings
    start, end = (ring.index(min(ring, key=lambda p: distance(p, q))) for q in (line[0], line[-1]))
    line = line[1:-1]
    turned = ring[start:] + ring[:start]
    far = (end - start) % len(ring)
    one, other = turned[: far + 1] + line[::-1], turned[far:] + turned[:1] + line
    first, second = sorted((one, other), key=lambda r: min(p[0] + p[1] for p in r))
    return [first], [second]


def simplified(shapes: Mapping[str, list[Ring]]) -> dict[str, list[Ring]]:
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


def boxes_around(rings: Iterable[Ring]) -> list[list[float]]:
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
