"""Which part of the world a map shows, and where in the picture a place of it lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import cos, radians

from newsletter.rendering.outlines import Box, Outline, Point, Ring

#: Of the land in the picture as it is shown in a wide window, in pixels of CSS.
WIDTH, LAND_HEIGHT = 600, 476

#: Degrees of latitude that are shown at least: a region alone says nothing of where it lies.
SHOWN_AT_LEAST = 6.5
#: Room around the regions, as a share of what they take up.
ROOM = 0.05
#: Pieces of a region that lie within this many of their widths and heights hang together. Of
#: several such clusters those are shown that have this share of the largest: French Guiana does
#: not make a map of France one of the Atlantic.
NEAR, LARGE = 0.3, 0.25


@dataclass(frozen=True)
class Frame:
    """The part of the world that is shown: as a map with straight meridians, true in its middle."""

    west: float
    north: float
    #: Pixels of CSS to a degree of longitude, and of latitude.
    across: float
    down: float

    @classmethod
    def around(cls, regions: Iterable[Iterable[Outline]]) -> Frame:
        """With all `regions` in it, each given by its outlines, and some of what lies around.

        Raises:
            ValueError: nothing is shown.
        """
        boxes = [box for region in regions for box in _main_boxes(region)]
        west, east = _narrowest(boxes)
        south, north = min(box.south for box in boxes), max(box.north for box in boxes)
        # A degree of longitude is shorter the farther from the equator.
        shorter = cos(radians((south + north) / 2))
        room = 1 + 2 * ROOM
        degrees = max(
            SHOWN_AT_LEAST,
            (north - south) * room,
            (east - west) * shorter * room * LAND_HEIGHT / WIDTH,
        )
        down = LAND_HEIGHT / degrees
        across = down * shorter
        return cls(
            west=(west + east) / 2 - WIDTH / across / 2,
            north=(south + north) / 2 + degrees / 2,
            across=across,
            down=down,
        )

    @property
    def box(self) -> Box:
        """All that is in the picture."""
        east, south = self.west + WIDTH / self.across, self.north - LAND_HEIGHT / self.down
        return Box(self.west, south, east, self.north)

    def place(self, point: Point) -> Point:
        """Where `point` lies, in pixels of CSS from the upper left."""
        x, y = point
        return (x + self._turn(x) - self.west) * self.across, (self.north - y) * self.down

    def shape(self, ring: Sequence[Point], scale: float) -> list[Point]:
        """Where the line `ring` lies, drawn `scale` times finer: on one side of the date line."""
        # Tens of thousands of points in a map: all that they share is reckoned once.
        west = self.west - self._turn((min(ring)[0] + max(ring)[0]) / 2)
        north, across, down = self.north, self.across * scale, self.down * scale
        return [((x - west) * across, (north - y) * down) for x, y in ring]

    def _turn(self, longitude: float) -> float:
        """What to add to `longitude`, whole turns around the world, to come near the middle."""
        middle = self.west + WIDTH / self.across / 2
        return 360 * round((middle - longitude) / 360)


def _main_boxes(region: Iterable[Outline]) -> list[Box]:
    """Of the pieces of `region` those that its map is to show."""
    clusters = _clusters([_box(piece[0]) for outline in region for piece in outline.pieces])
    sizes = [sum(map(_size, cluster)) for cluster in clusters]
    shown = zip(clusters, sizes, strict=True)
    return [box for cluster, size in shown if size >= LARGE * max(sizes) for box in cluster]


def _clusters(boxes: Sequence[Box]) -> list[list[Box]]:
    """`boxes` in groups that hang together."""
    left, clusters = sorted(boxes, key=_size, reverse=True), []
    while left:
        cluster, near = [], [left.pop(0)]
        while near:
            cluster += near
            reach = _reach(cluster)
            near = [box for box in left if box.meets(reach)]
            left = [box for box in left if not box.meets(reach)]
        clusters.append(cluster)
    return clusters


def _reach(cluster: Sequence[Box]) -> Box:
    """What a piece has to meet to hang together with `cluster`."""
    west, east = _narrowest(cluster)
    south, north = min(b.south for b in cluster), max(b.north for b in cluster)
    beside, above = (east - west) * NEAR, (north - south) * NEAR
    return Box(west - beside, south - above, east + beside, north + above)


def _box(ring: Ring) -> Box:
    xs, ys = zip(*ring, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _size(box: Box) -> float:
    shorter = cos(radians((box.south + box.north) / 2))
    return (box.east - box.west) * (box.north - box.south) * shorter


def _narrowest(boxes: Sequence[Box]) -> tuple[float, float]:
    """The shortest stretch of longitudes that has all `boxes` in it, over the date line too.

    Raises:
        ValueError: there is no box.
    """
    sides = sorted((box.west % 360, box.west % 360 + (box.east - box.west)) for box in boxes)
    ends = [east for _west, east in sides]
    # From the west of each on: as far as those that begin there or beyond, then those before it,
    # a turn later.
    beyond = list(accumulate(reversed(ends), max))[::-1]
    before = accumulate(ends[:-1], max, initial=-360.0)
    around = (max(east, turned + 360) for east, turned in zip(beyond, before, strict=True))
    width, west = min((east - west, west) for (west, _), east in zip(sides, around, strict=True))
    return (west - 360, west - 360 + width) if west + width / 2 > 180 else (west, west + width)


def reach(rings: Sequence[Sequence[Point]], at: Point) -> tuple[float, float]:
    """From where to where one comes straight across from `at` within `rings` and the picture."""
    x, y = at
    crossed = [
        x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        for ring in rings
        for (x1, y1), (x2, y2) in pairwise(ring)
        if (y1 > y) != (y2 > y)
    ]
    left = max((edge for edge in crossed if edge <= x), default=x)
    right = min((edge for edge in crossed if edge > x), default=x)
    return max(left, 0), min(right, WIDTH)
