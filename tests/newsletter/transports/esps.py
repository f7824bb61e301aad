"""ESPs as they are met in tests: Anymail's real backends, called on a sink on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    Result,
    TransportError,
    told_by,
)
from newsletter.transports.esp import EspTransport
from tests.channels import main
from tests.faults import esp_sink
from tests.faults.esp_plans import Plan
from tests.faults.esp_shapes import SHAPES
from tests.faults.esp_sink import Sink

SETTINGS: dict[str, object] = {
    "MAILGUN_API_KEY": "k",
    "MAILGUN_SENDER_DOMAIN": "news.example",
    "POSTMARK_SERVER_TOKEN": "t",
    "RESEND_API_KEY": "k",
    "BREVO_API_KEY": "k",
    "MAILJET_API_KEY": "k",
    "MAILJET_SECRET_KEY": "s",
    "REQUESTS_TIMEOUT": (2.0, 0.3),
}


@contextmanager
def esp(settings: object, plan: Plan, **anymail: object) -> Iterator[Sink]:
    """An ESP that goes wrong as `plan` says, which Anymail is told to call."""
    with esp_sink.running(plan) as sink:
        urls = {f"{name.upper()}_API_URL": sink.url for name in SHAPES}
        settings.ANYMAIL = {**SETTINGS, **urls, **anymail}  # type: ignore[attr-defined]
        yield sink


@dataclass
class Handed:
    """What became of a batch, as the caller saw it."""

    results: dict[int, Result] = field(default_factory=dict)
    error: TransportError | None = None

    @property
    def outcomes(self) -> dict[int, Outcome]:
        return {delivery: result.outcome for delivery, result in self.results.items()}

    def those(self, outcome: Outcome) -> set[int]:
        return {delivery for delivery, found in self.outcomes.items() if found is outcome}


def hand_over(transport: EspTransport, batch: OutgoingBatch, *, seconds: float = 60.0) -> Handed:
    """Hand `batch` over; whatever may leave is announced before its result, of which each
    copy has one at most.
    """
    handed, announced = Handed(), set[int]()
    latest = time.monotonic() + seconds
    try:
        for event in transport.hand_over(batch, until=lambda: latest):
            if isinstance(event, AboutToSend):
                announced.update(event.delivery_ids)
            for result in told_by(event):
                stays = result.outcome is Outcome.REJECTED
                assert stays or result.delivery_id in announced
                assert result.delivery_id not in handed.results
                handed.results[result.delivery_id] = result
    except TransportError as error:
        handed.error = error
    return handed


def hand_over_once(name: str, batch: OutgoingBatch, *, seconds: float = 60.0) -> Handed:
    """Hand `batch` to the ESP `name` over a connection of its own."""
    transport = EspTransport(main(transport=name))
    try:
        return hand_over(transport, batch, seconds=seconds)
    finally:
        transport.close()
