"""Fragments: pieces of emails that are rendered once and stand in many editions.

An edition is a list of pieces. What editions share is a :class:`Fragment`; what is said in one
edition alone, such as its first sentence, is a plain string between fragments.

What stands around other pieces is rendered with holes in it, and cut there: a :class:`Shape`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from newsletter.rendering.slots import CLOSE, PART, without_marks

#: Runs of pieces that are kept at hand.
MOST_RUNS = 10_000

_HOLE = re.compile(f"{PART}([a-z_]+){CLOSE}")


class Fragment(str):
    """A piece that editions share, and the part of the issue that it says something of."""

    __slots__ = ("is_marked", "part")

    #: A section by its id, or the assessment of a region by its code; None for the frame.
    part: int | str | None
    #: Whether it has to do with a reader's own values.
    is_marked: bool

    def __new__(cls, said: str, part: int | str | None = None) -> Fragment:
        self = super().__new__(cls, said)
        self.part = part
        self.is_marked = without_marks(said) != said
        return self


class Holes:
    """For a template: `{{ here.rows }}` leaves a hole called “rows”."""

    def __getitem__(self, name: str) -> str:
        return f"{PART}{name}{CLOSE}"


class Shape:
    """Fragments with holes between them."""

    def __init__(self, rendered: str, part: int | str | None = None) -> None:
        """`rendered` has marks of :class:`Holes`, and says something of `part`."""
        # By cutting, what stands between two holes comes first, then the name of a hole.
        cut = _HOLE.split(rendered)
        self._pieces = [
            name if is_hole else Fragment(name, part)
            for is_hole, name in zip([False, True] * len(cut), cut, strict=False)
            if name
        ]

    def filled(self, content: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Its fragments, with the pieces that `content` has for each hole by its name."""
        for piece in self._pieces:
            if isinstance(piece, Fragment):
                yield piece
            else:
                yield from content[piece]


class Fragments:
    """The fragments of one version in one language: each is rendered when it is first needed."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Fragment] = {}
        self._shapes: dict[Hashable, Shape] = {}
        self._runs: dict[Hashable, tuple[str, ...]] = {}

    def once(
        self, key: Hashable, render: Callable[[], str], part: int | str | None = None
    ) -> Fragment:
        """What `render` gives, which says something of `part`; the same for the same `key`."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Fragment(render(), part)
        return found

    def shape(
        self, key: Hashable, render: Callable[[], str], part: int | str | None = None
    ) -> Shape:
        """What `render` gives, cut at its holes; the same for the same `key`."""
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = Shape(render(), part)
        return found

    def run(self, key: Hashable, pieces: Callable[[], Iterable[str]]) -> tuple[str, ...]:
        """What `pieces` gives, the same for the same `key`.

        Unlike fragments, which are as many as there are parts, runs may be of any number: those
        that came first are kept.
        """
        found = self._runs.get(key)
        if found is None:
            found = tuple(pieces())
            if len(self._runs) < MOST_RUNS:
                self._runs[key] = found
        return found
