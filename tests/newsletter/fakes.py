"""A transport that does as it is told and remembers what it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    OutgoingMessage,
    Result,
    Until,
)


@dataclass(frozen=True)
class Whole:
    """An edition with its pieces put together."""

    language: str
    subject: str
    html: str
    text: str


def whole_edition(outgoing: OutgoingBatch) -> Whole:
    """The only edition of `outgoing`."""
    (edition,) = outgoing.editions.values()
    return Whole(edition.language, edition.subject, "".join(edition.html), "".join(edition.text))


class FakeTransport:
    """Accepts every copy, by whichever channel, unless `answer` says otherwise or raises."""

    def __init__(
        self, answer: Callable[[OutgoingMessage], Outcome] | None = None, *, batch_size: int = 50
    ) -> None:
        self.batch_size = self.smallest_batch = batch_size
        self.batches: list[OutgoingBatch] = []
        self._answer = answer or (lambda copy: Outcome.ACCEPTED)

    def of(self, channel: str) -> Self:
        """What carries the mail of `channel`: this one carries that of all."""
        return self

    @property
    def addresses(self) -> list[str]:
        """Everyone a copy was handed over for, sorted; twice if twice."""
        return sorted(copy.address for outgoing in self.batches for copy in outgoing.copies)

    def hand_over(self, outgoing: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        self.batches.append(outgoing)
        for copy in outgoing.copies:
            yield AboutToSend((copy.delivery_id,))
            said = f"for {copy.address}"
            yield Result(
                copy.delivery_id, self._answer(copy), said, remote_id=f"id of {copy.address}"
            )

    def close(self) -> None:
        pass
