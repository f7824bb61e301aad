"""Handing a batch over, and all that there is to see of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    Result,
    Transport,
    TransportError,
    told_by,
)


@dataclass
class Told:
    """What a transport told, and what it ended with."""

    results: dict[int, Result] = field(default_factory=dict)
    announced: set[int] = field(default_factory=set)
    error: TransportError | None = None

    @property
    def outcomes(self) -> dict[int, Outcome]:
        return {number: result.outcome for number, result in self.results.items()}


def hand_over(transport: Transport, batch: OutgoingBatch, *, seconds: float = 60.0) -> Told:
    """Hand `batch` over, once. Nothing may have left that was not announced."""
    told = Told()
    latest = time.monotonic() + seconds
    try:
        for event in transport.hand_over(batch, until=lambda: latest):
            if isinstance(event, AboutToSend):
                told.announced.update(event.delivery_ids)
            for result in told_by(event):
                _note(result, told)
    except TransportError as error:
        told.error = error
    return told


def _note(result: Result, told: Told) -> None:
    assert result.delivery_id not in told.results
    if result.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
        assert result.delivery_id in told.announced
    told.results[result.delivery_id] = result
