"""Where the lines around a place cross each other.

Sides are looked at in ever smaller boxes, so that only those that lie near each other are
compared. What is built to need more than that is given up, never waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from subscribers.outlines.lines import Point, Ring, Work

#: So few sides are compared each with each.
_FEW = 12
#: Boxes within boxes: after so many halvings, what still lies together is compared.
_DEEPEST = 60
#: Comparisons for each side, all in all: real coasts need ten.
_WORK = 30
#: Sides that are put into halves in the time of one comparison.
_PUT_AT_ONCE = 4


class _Side(NamedTuple):
    #: Number of its ring, and its own in there.
    ring: int
    number: int
    start: Point
    end: Point
    #: Sides in that ring.
    of: int


def crossing(rings: Sequence[Ring]) -> Point | None:
    """A point at which one of `rings` meets itself or crosses another one; None if none does.

    Different rings may touch each other in points, as neighbours do. No ring has a point twice
    in succession.

    Raises:
        TooIntricate: that cannot be said in reasonable time.
    """
    sides = [side for number, ring in enumerate(rings) for side in _sides(number, ring)]
    work = Work(_WORK * len(sides))
    for group in _close_together(sides, work):
        for number, one in enumerate(group):
            work.does(number)
            for point in filter(None, (_meeting(one, other) for other in group[:number])):
                return point
    return None


def _sides(number: int, ring: Ring) -> Iterator[_Side]:
    closed = pairwise([*ring, ring[0]])
    return (_Side(number, n, *ends, len(ring)) for n, ends in enumerate(closed))


def _close_together(sides: list[_Side], work: Work) -> Iterator[list[_Side]]:
    """Groups of `sides`: any two that share a point are in one together."""
    groups = [(sides, 0)]
    while groups:
        group, depth = groups.pop()
        halves = _halved(group, work) if len(group) > _FEW and depth < _DEEPEST else None
        if halves is None:
            yield group
        else:
            groups += [(half, depth + 1) for half in halves]


def _halved(group: list[_Side], work: Work) -> list[list[_Side]] | None:
    """`group` in two: beside or above each other, as fewer sides are in both; None if no use."""
    work.does(len(group) // _PUT_AT_ONCE)
    ways = [_parted(group, axis) for axis in (0, 1)]
    best = min(ways, key=lambda halves: sum(map(len, halves)))
    return None if max(map(len, best)) == len(group) else best


def _parted(group: Iterable[_Side], axis: int) -> list[list[_Side]]:
    spans = [(min(s.start[axis], s.end[axis]), max(s.start[axis], s.end[axis]), s) for s in group]
    # Half of the sides have their middle before it.
    at = sorted(low + high for low, high, _side in spans)[len(spans) // 2] / 2
    return [
        [side for low, _high, side in spans if low <= at],
        [side for _low, high, side in spans if high >= at],
    ]


def _meeting(one: _Side, other: _Side) -> Point | None:
    if _are_apart(one, other):
        return None
    if one.ring != other.ring:
        return _crossed(one, other)
    apart = abs(one.number - other.number)
    if apart in (1, one.of - 1):
        return _turned_back(one, other)
    return _touched(one, other)


def _are_apart(one: _Side, other: _Side) -> bool:
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = one.start, one.end, other.start, other.end
    return (
        (x1 > x3 and x2 > x3 and x1 > x4 and x2 > x4)
        or (x1 < x3 and x2 < x3 and x1 < x4 and x2 < x4)
        or (y1 > y3 and y2 > y3 and y1 > y4 and y2 > y4)
        or (y1 < y3 and y2 < y3 and y1 < y4 and y2 < y4)
    )


def _crossed(one: _Side, other: _Side) -> Point | None:
    """Where they cross, each with an end on both sides of the other."""
    a, b = _turn(one.start, one.end, other.start), _turn(one.start, one.end, other.end)
    c, d = _turn(other.start, other.end, one.start), _turn(other.start, other.end, one.end)
    if not (a * b < 0 and c * d < 0):
        return None
    share = a / (a - b)
    (x1, y1), (x2, y2) = other.start, other.end
    return x1 + share * (x2 - x1), y1 + share * (y2 - y1)


def _touched(one: _Side, other: _Side) -> Point | None:
    """Where they cross, or an end of one lies on the other."""
    for side, points in ((one, (other.start, other.end)), (other, (one.start, one.end))):
        for point in points:
            if _lies_on(point, side):
                return point
    return _crossed(one, other)


def _turned_back(one: _Side, other: _Side) -> Point | None:
    """Where a line runs back over itself."""
    for point in (other.start, other.end):
        if point not in (one.start, one.end) and _lies_on(point, one):
            return point
    return None


def _lies_on(point: Point, side: _Side) -> bool:
    return _turn(side.start, side.end, point) == 0 and all(
        min(a, b) <= p <= max(a, b) for p, a, b in zip(point, side.start, side.end, strict=True)
    )


def _turn(start: Point, end: Point, point: Point) -> float:
    """Above nothing where `point` lies to the left of the way, below where to the right."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
