"""The parts of a version by number: which of them an edition holds fits into a few bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Func, Q
from django.db.models.lookups import In

from newsletter.editions.content import IssueContent
from newsletter.editions.selection import PartKey
from newsletter.editions.stored import from_json
from newsletter.models import Edition, Version


class Numbering:
    """Numbers the parts of one version from 0."""

    def __init__(self, content: IssueContent) -> None:
        #: All of them: its sections, its assessments, what it corrects; in its order.
        self.parts: tuple[PartKey, ...] = (
            *(section.id for section in content.sections),
            *(assessment.region for assessment in content.assessments),
            *(corrected.part for corrected in content.corrections),
        )
        self._bits = {part: 1 << number for number, part in enumerate(self.parts)}
        self._bytes = -(-len(self.parts) // 8)

    @classmethod
    def of(cls, version: Version) -> Numbering:
        """That of the parts of `version`."""
        return cls(from_json(version.content))

    def bits(self, parts: Iterable[PartKey]) -> int:
        """`parts` as bits: that of part 0 is the lowest."""
        return reduce(or_, map(self._bits.__getitem__, parts), 0)

    def parts_of(self, bits: int) -> tuple[PartKey, ...]:
        """The parts that `bits` stand for, in the order of the version."""
        parts = []
        while bits:
            lowest = bits & -bits
            parts.append(self.parts[lowest.bit_length() - 1])
            bits ^= lowest
        return tuple(parts)

    def held(self, parts: Iterable[PartKey]) -> bytes:
        """The bits of `parts` as bytes: that of part 0 is the lowest of the first byte."""
        return self.bits(parts).to_bytes(self._bytes, "little")

    def parts_in(self, held: bytes | memoryview) -> tuple[PartKey, ...]:
        """The parts in `held`, in the order of the version."""
        return self.parts_of(int.from_bytes(bytes(held), "little"))

    def holds_one_of(self, parts: Iterable[PartKey]) -> Q:
        """The condition that an :class:`~newsletter.models.Edition` of the version holds one."""
        wanted: Counter[int] = Counter()
        for part in set(parts):
            number = self._bits[part].bit_length() - 1
            # Of the two digits of a byte the first has the higher bits.
            wanted[number // 8 * 2 + (number % 8 < 4)] += 1 << number % 4
        condition = Q(pk__in=[])
        for place, bits in wanted.items():
            digits = [f"{digit:x}" for digit in range(16) if digit & bits]
            condition |= Q(In(_HexDigit("held", place), digits))
        return condition


def parts_held(edition: Edition, content: IssueContent | None = None) -> tuple[PartKey, ...]:
    """The parts that `edition` holds, in the order of its version.

    `content` is that of its version, if it was read already.
    """
    numbering = Numbering(content) if content else Numbering.of(edition.mailing.version)
    return numbering.parts_in(edition.held)


class _HexDigit(Func):
    """The digit of a column of bytes at a place that is counted from 0."""

    output_field = CharField()

    def __init__(self, column: str, place: int) -> None:
        super().__init__(column)
        self.extra["place"] = place + 1

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "substr(encode(%(expressions)s, 'hex'), %(place)s, 1)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "lower(substr(hex(%(expressions)s), %(place)s, 1))"
        return self.as_sql(compiler, connection, template=template, **context)
