"""Lines on a map: how far, how large, and with how few points they say the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import hypot

#: Longitude and latitude, in degrees.
Point = tuple[float, float]
#: Points in order; the last leads back to the first, which is not repeated.
Ring = list[Point]

#: Degrees that a line may stray; about a pixel in the closest view.
TOLERANCE = 0.04
#: Cells of the grid over a ring, each way, among whose corners the place of its name is found.
_GRID = 40


class TooIntricate(ValueError):
    """To work this out would take longer than anybody would wait."""


class Work:
    """How much is still to be done at most: what is built to take for ever is given up."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def does(self, steps: int) -> None:
        """Count `steps`.

        Raises:
            TooIntricate: there were too many.
        """
        self._left -= steps
        if self._left < 0:
            raise TooIntricate


def thinned(
    ring: Ring,
    corners: Collection[Point] = (),
    *,
    tolerance: float = TOLERANCE,
    work: Work | None = None,
) -> Ring:
    """`ring` with fewer points, rounded to 0.001°; the points in `corners` stay.

    Raises:
        TooIntricate: it takes more than `work`.
    """
    stops = [i for i, point in enumerate(ring) if point in corners]
    if len(stops) < 2:
        # An island: two fixed points are as good as any.
        stops = sorted({ring.index(min(ring)), ring.index(max(ring))})
    found: Ring = []
    for start, end in zip(stops, [*stops[1:], stops[0] + len(ring)], strict=True):
        line = [ring[i % len(ring)] for i in range(start, end + 1)]
        # One direction for both sides of a border, so that both get the same points.
        forward = line[0] <= line[-1]
        thin = _thin(line if forward else line[::-1], tolerance, work)
        found += (thin if forward else thin[::-1])[:-1]
    return [rounded(point) for point in found]


def rounded(point: Point) -> Point:
    """To 0.001°, a hundred metres."""
    return round(point[0], 3), round(point[1], 3)


def off(point: Point, start: Point, end: Point) -> float:
    """How far `point` lies off the line from `start` to `end`."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    if not length:
        return distance(point, start)
    share = (point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]
    share = min(1.0, max(0.0, share / length))
    return distance(point, (start[0] + share * along[0], start[1] + share * along[1]))


def distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def area(ring: Sequence[Point]) -> float:
    """Square degrees, below nothing for a ring that runs clockwise."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def middle(rings: Iterable[Ring]) -> Point:
    """The point of a coarse grid over the largest ring that is farthest from its border."""
    ring = max(rings, key=lambda r: abs(area(r)))
    left, right = min(x for x, _y in ring), max(x for x, _y in ring)
    low, high = min(y for _x, y in ring), max(y for _x, y in ring)
    grid = [
        (left + (right - left) * i / _GRID, low + (high - low) * j / _GRID)
        for i in range(1, _GRID)
        for j in range(1, _GRID)
    ]
    sides = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    return max(
        # What is too narrow for the grid has its first point for a middle.
        [point for point in grid if is_inside(point, sides)] or ring[:1],
        key=lambda point: min(off(point, *side) for side in sides),
    )


def _thin(line: list[Point], tolerance: float, work: Work | None) -> list[Point]:
    """Douglas and Peucker's way: keep the point that strays most, if it strays too far."""
    kept = {0, len(line) - 1}
    parts = [(0, len(line) - 1)]
    while parts:
        start, end = parts.pop()
        if end - start < 2:
            continue
        if work:
            work.does(end - start)
        offs = [off(point, line[start], line[end]) for point in line[start + 1 : end]]
        farthest = start + 1 + max(range(len(offs)), key=offs.__getitem__)
        if offs[farthest - start - 1] >= tolerance:
            kept.add(farthest)
            parts += [(start, farthest), (farthest, end)]
    return [line[number] for number in sorted(kept)]


def is_inside(point: Point, sides: Iterable[tuple[Point, Point]]) -> bool:
    """Whether `point` lies within the closed line of `sides`; on the line, either may be said."""
    x, y = point
    crossed = [(x1, y1, x2, y2) for (x1, y1), (x2, y2) in sides if (y1 > y) != (y2 > y)]
    return sum(x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 for x1, y1, x2, y2 in crossed) % 2 == 1
