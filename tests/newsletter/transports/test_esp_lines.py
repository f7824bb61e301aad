"""Calls to an ESP of which several are on their way at once."""

from __future__ import annotations

import time

import pytest

from newsletter.transports.base import Outcome, TransportBusy, TransportUnavailable
from newsletter.transports.esp import MOST_UNCLEAR
from newsletter.transports.esp_lines import MOST_LINES
from tests.faults.esp_plans import Plan
from tests.newsletter.transports.conftest import make_batch
from tests.newsletter.transports.esps import esp, hand_over_once

#: Enough for all lines to be in use for a while.
READERS = [f"r{n}@a.example" for n in range(4 * MOST_LINES)]


def test_calls_of_a_slow_esp_overlap(settings: object) -> None:
    with esp(settings, Plan("brevo", latency=0.05)) as sink:
        begun = time.monotonic()
        handed = hand_over_once("brevo", make_batch(*READERS))
        took = time.monotonic() - begun

    assert len(handed.those(Outcome.ACCEPTED)) == len(READERS)
    assert took < 0.05 * len(READERS) / 2
    assert len(sink.connections) <= MOST_LINES


def test_calls_for_a_thousand_readers_wait_for_each_other(settings: object) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(2_001)))

    with esp(settings, Plan("mailgun", latency=0.02), REQUESTS_TIMEOUT=(2.0, 5.0)) as sink:
        handed = hand_over_once("mailgun", batch)

    assert len(handed.those(Outcome.ACCEPTED)) == 2_001
    assert (len(sink.requests), len(sink.connections)) == (3, 1)


def test_an_esp_is_called_once_at_first(settings: object) -> None:
    with esp(settings, Plan("brevo", mode="429", retry_after="90")) as sink:
        handed = hand_over_once("brevo", make_batch(*READERS))

    assert len(sink.requests) == 1
    assert isinstance(handed.error, TransportBusy)


def test_what_is_on_its_way_is_heard_of_when_the_esp_asks_to_be_left_alone(
    settings: object,
) -> None:
    busy = "mode-429-{}@a.example".format
    addresses = [*READERS, busy(1), *READERS[:3]]
    addresses = [f"{n}.{a}" if a in READERS else a for n, a in enumerate(addresses)]

    with esp(settings, Plan("brevo", latency=0.02, retry_after="90")) as sink:
        handed = hand_over_once("brevo", make_batch(*addresses))

    assert isinstance(handed.error, TransportBusy)
    assert len(handed.those(Outcome.DEFERRED)) == 1
    taken = {int(reader.delivery) for reader in sink.truth.taken}
    assert handed.those(Outcome.ACCEPTED) == taken


def test_an_esp_that_stops_answering_clearly_leaves_few_in_doubt(settings: object) -> None:
    unclear = [f"mode-500-{n}@a.example" for n in range(40)]

    with esp(settings, Plan("brevo", latency=0.01)):
        handed = hand_over_once("brevo", make_batch(*READERS, *unclear))

    assert isinstance(handed.error, TransportUnavailable)
    assert len(handed.those(Outcome.ACCEPTED)) == len(READERS)
    assert len(handed.those(Outcome.UNKNOWN)) < MOST_LINES + MOST_UNCLEAR


def test_nothing_is_begun_once_the_time_is_over_and_what_was_begun_is_heard_of(
    settings: object,
) -> None:
    with esp(settings, Plan("brevo", latency=0.1)) as sink:
        handed = hand_over_once("brevo", make_batch(*READERS), seconds=0.25)

    assert handed.error is None
    assert 0 < len(handed.results) < len(READERS)
    assert set(handed.results) == {int(reader.delivery) for reader in sink.truth.taken}


@pytest.mark.parametrize("fault", ["401", "reset"])
def test_a_line_that_fails_leaves_no_call_unheard(settings: object, fault: str) -> None:
    addresses = [*(f"{a}" for a in READERS[:20]), f"mode-{fault}-1@a.example", *READERS[20:]]

    with esp(settings, Plan("brevo", latency=0.02)) as sink:
        handed = hand_over_once("brevo", make_batch(*addresses))

    taken = {int(reader.delivery) for reader in sink.truth.taken}
    assert handed.those(Outcome.ACCEPTED) == taken
