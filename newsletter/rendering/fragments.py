"""Fragments and runs: pieces of emails that are rendered once and stand in many editions.

What is rendered is a :class:`Fragment`. Those that always follow each other are a :class:`Run`,
and an edition is a row of runs; what is said in one edition alone, such as its first sentence,
is a plain string between them.

What stands around other pieces is rendered with holes in it, and cut there: a :class:`Shape`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from newsletter.rendering.slots import CLOSE, PART, Slot, cut_at_shared, stands_alone
from newsletter.rendering.weight import wire_size

#: Runs of several fragments that are kept at hand.
MOST_RUNS = 10_000

_HOLE = re.compile(f"{PART}([a-z_]+){CLOSE}")


class Fragment(str):
    """A piece that editions share, and the part of the issue that it says something of."""

    __slots__ = ("part",)

    #: A section by its id, or the assessment of a region by its code; None for the frame.
    part: int | str | None

    def __new__(cls, said: str, part: int | str | None = None) -> Fragment:
        self = super().__new__(cls, said)
        self.part = part
        return self


class Run:
    """Pieces in a row that editions share as one: fragments, and plain strings between them.

    Each is itself and no other, whatever it says.
    """

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces

    @property
    def fragments(self) -> list[Fragment]:
        return [piece for piece in self.pieces if isinstance(piece, Fragment)]

    @cached_property
    def said(self) -> str:
        return "".join(self.pieces)

    @cached_property
    def for_readers(self) -> Sequence[str]:
        """What readers get of it: fragments, and slots for the addresses that they share."""
        cut = cut_at_shared(self.said)
        return tuple(one if isinstance(one, Slot) else Fragment(one) for one in cut)

    @cached_property
    def stands_alone(self) -> bool:
        """Whether all that is a reader's own in it is in personal blocks of its own."""
        return stands_alone(self.said)

    @cached_property
    def size(self) -> int:
        """Its bytes in a message."""
        return wire_size(self.said)


#: What editions are rows of: what they share, and what one of them says alone.
Piece = Run | str


class Holes:
    """For a template: `{{ here.rows }}` leaves a hole called “rows”."""

    def __getitem__(self, name: str) -> str:
        return f"{PART}{name}{CLOSE}"


class Shape:
    """Runs with holes between them."""

    def __init__(self, rendered: str, part: int | str | None = None) -> None:
        """`rendered` has marks of :class:`Holes`, and says something of `part`."""
        # By cutting, what stands between two holes comes first, then the name of a hole.
        cut = _HOLE.split(rendered)
        self._pieces: list[Piece] = [
            name if is_hole else Run(Fragment(name, part))
            for is_hole, name in zip([False, True] * len(cut), cut, strict=False)
            if name
        ]

    def filled(self, content: Mapping[str, Iterable[Piece]]) -> list[Piece]:
        """Its runs, with the pieces that `content` has for each hole by its name."""
        filled: list[Piece] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                filled += content[piece]
            else:
                filled.append(piece)
        return filled


class Fragments:
    """The fragments of one version in one language: each is rendered when it is first needed."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Run] = {}
        self._shapes: dict[Hashable, Shape] = {}
        self._runs: dict[Hashable, Run] = {}

    def once(self, key: Hashable, render: Callable[[], str], part: int | str | None = None) -> Run:
        """What `render` gives, which says something of `part`; the same for the same `key`."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Run(Fragment(render(), part))
        return found

    def shape(
        self, key: Hashable, render: Callable[[], str], part: int | str | None = None
    ) -> Shape:
        """What `render` gives, cut at its holes; the same for the same `key`."""
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = Shape(render(), part)
        return found

    def run(self, key: Hashable, pieces: Callable[[], Iterable[Piece]]) -> Iterable[Piece]:
        """What `pieces` gives, as one; the same for the same `key`.

        Unlike fragments, which are as many as there are parts, such runs may be of any number:
        those that came first are kept, and the pieces of others stand by themselves.
        """
        found = self._runs.get(key)
        if found is not None:
            return (found,)
        made = tuple(pieces())
        if len(self._runs) >= MOST_RUNS:
            return made
        self._runs[key] = Run(*flat(made))
        return (self._runs[key],)


def flat(pieces: Iterable[Piece]) -> Iterator[str]:
    """What `pieces` are made of: fragments, and plain strings between them."""
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        else:
            yield from piece.pieces
