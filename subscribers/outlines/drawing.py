"""An outline as it is kept: with as few points as those of the world, and a place for its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subscribers.outlines.lines import TOLERANCE, Point, Ring, Work, area, middle, rounded, thinned

#: Square degrees below which an island is left out, where it is not all there is.
SMALLEST = 0.004
#: Of its width or height, how far a line of a small place may stray.
_SHARE = 1 / 200
#: Times that each point may be looked at: a real border takes ten.
_WORK = 40
_DIGEST = 12

#: The line around a place, and those around what is not in it.
Piece = Sequence[Ring]


@dataclass(frozen=True)
class DrawnOutline:
    #: As in a MultiPolygon of GeoJSON.
    pieces: list[list[list[Point]]]
    #: Where the name stands.
    label: Point

    @property
    def digest(self) -> str:
        """The same for the same outline, and for no other one."""
        plain = json.dumps([self.pieces, self.label], separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()[:_DIGEST]

    @property
    def points(self) -> int:
        return sum(len(ring) for piece in self.pieces for ring in piece)


def drawn(pieces: Sequence[Piece]) -> DrawnOutline:
    """`pieces` with fewer points.

    Raises:
        TooIntricate: that takes too long.
    """
    work = Work(_WORK * sum(len(ring) for piece in pieces for ring in piece))
    tolerance = min(TOLERANCE, _size(pieces) * _SHARE)
    largest = max(pieces, key=_area)
    kept = [piece for piece in pieces if piece is largest or _area(piece) > SMALLEST]
    simple = [_simplified(piece, tolerance, work) for piece in sorted(kept, key=_area)[::-1]]
    label = rounded(middle([piece[0] for piece in simple]))
    closed = [[[*ring, ring[0]] for ring in piece] for piece in simple]
    return DrawnOutline(closed, label)


def _simplified(piece: Piece, tolerance: float, work: Work) -> list[Ring]:
    around, *holes = (thinned(ring, tolerance=tolerance, work=work) for ring in piece)
    # What is too narrow to be simplified stays as it is.
    return [around if len(around) > 2 else list(piece[0]), *(h for h in holes if len(h) > 2)]


def _area(piece: Piece) -> float:
    return abs(area(piece[0]))


def _size(pieces: Iterable[Piece]) -> float:
    """Degrees: the longer of width and height."""
    points = [point for piece in pieces for point in piece[0]]
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))
