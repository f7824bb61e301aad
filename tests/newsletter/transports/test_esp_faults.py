"""What went wrong, and what was said of it: results against what the ESP really took."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from newsletter.transports.base import (
    Outcome,
    OutgoingBatch,
    TransportBusy,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.esp import EspTransport
from tests.channels import main
from tests.faults.esp_plans import FAULTS, NONE, Fault, Plan
from tests.faults.esp_shapes import SHAPES
from tests.faults.esp_sink import Sink
from tests.newsletter.transports.conftest import make_batch, with_edition
from tests.newsletter.transports.esps import Handed, esp, hand_over, hand_over_once

WITH_KEYS = ("resend", "brevo")
WITHOUT_KEYS = tuple(name for name in SHAPES if name not in WITH_KEYS)
#: Those that take many readers in one call.
IN_ONE_CALL = ("mailgun", "mailjet", "postmark", "resend")

#: Seconds for connecting and for an answer, where one that comes too late is a fault like others.
HASTY = (2.0, 0.05)

UNCLEAR = (
    "500",
    "500-taken",
    "502-page-taken",
    "503-page",
    "half-taken",
    "page",
    "page-taken",
    "reset",
    "reset-taken",
    "stall",
    "stall-taken",
)


def assert_true(handed: Handed, sink: Sink) -> None:
    """What is said to be accepted left once, what is said not to have been did not leave."""
    taken = Counter(int(reader.delivery) for reader in sink.truth.taken)
    for delivery, outcome in handed.outcomes.items():
        match outcome:
            case Outcome.ACCEPTED:
                assert taken[delivery] == 1
            case Outcome.UNKNOWN:
                assert taken[delivery] <= 1
            case _:
                assert taken[delivery] == 0
    assert set(taken) <= set(handed.results), "what has no result has not left"


class InTurn(Plan):
    """One call after the other goes wrong in its way, then none."""

    faults: list[str]

    def fault_for(self, addresses: Iterable[str]) -> Fault:
        return FAULTS[self.faults.pop(0)] if self.faults else NONE


def plan(name: str, **faults: object) -> Plan:
    return Plan(name, stall=0.5, **faults)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SHAPES)
def test_what_is_said_is_true_whatever_goes_wrong(
    settings: object, name: str, fault: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode=fault, retry_after=""), REQUESTS_TIMEOUT=HASTY) as sink:
        assert_true(hand_over_once(name, batch), sink)


@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("name", WITHOUT_KEYS)
def test_a_call_without_a_clear_answer_is_unknown(
    settings: object, name: str, fault: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode=fault, times=1)) as sink:
        handed = hand_over_once(name, batch)

    in_call = 3 if name in IN_ONE_CALL else 1
    assert handed.those(Outcome.UNKNOWN) == set(range(1, in_call + 1))
    assert handed.those(Outcome.ACCEPTED) == set(range(in_call + 1, 4))
    assert_true(handed, sink)


@pytest.mark.parametrize("fault", UNCLEAR)
@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_call_with_a_key_is_repeated_until_clear_and_sent_once(
    settings: object, name: str, fault: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode=fault, times=1)) as sink:
        handed = hand_over_once(name, batch)

    assert handed.those(Outcome.ACCEPTED) == {1, 2, 3}
    assert len(sink.requests) == (2 if name in IN_ONE_CALL else 4)
    assert_true(handed, sink)


@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_call_with_a_key_is_not_repeated_when_time_is_over(settings: object, name: str) -> None:
    with esp(settings, plan(name, mode="stall-taken")) as sink:
        handed = hand_over_once(name, make_batch("one@a.example"), seconds=0.2)

    assert handed.those(Outcome.UNKNOWN) == {1}
    assert len(sink.requests) == 1


@pytest.mark.parametrize("second", ["400", "401", "429", "500", "reset"])
@pytest.mark.parametrize("first", ["500", "500-taken"])
def test_an_unclear_call_stays_unknown_unless_the_repeated_one_says_it_was_taken(
    settings: object, first: str, second: str
) -> None:
    in_turn = InTurn("resend", retry_after="")
    in_turn.faults = [first, second]

    with esp(settings, in_turn) as sink:
        handed = hand_over_once("resend", make_batch("one@a.example", "two@a.example"))

    assert handed.outcomes[1] is Outcome.UNKNOWN
    assert_true(handed, sink)


def test_another_call_with_the_same_key_is_unknown_and_not_sent(settings: object) -> None:
    batch = make_batch("one@a.example")

    with esp(settings, plan("resend")) as sink:
        hand_over_once("resend", batch)
        handed = hand_over_once("resend", with_edition(batch, text=("something else",)))

    assert handed.those(Outcome.UNKNOWN) == {1}
    assert "invalid_idempotent_request" in handed.results[1].detail
    assert len(sink.truth.taken) == 1


@pytest.mark.parametrize("name", SHAPES)
def test_one_bad_address_is_rejected_alone(settings: object, name: str) -> None:
    batch = make_batch("one@a.example", "mode-bad-2@a.example", "three@a.example")

    with esp(settings, plan(name)) as sink:
        handed = hand_over_once(name, batch)

    assert handed.those(Outcome.REJECTED) == {2}
    assert handed.those(Outcome.ACCEPTED) == {1, 3}
    assert_true(handed, sink)


def test_bad_addresses_among_many_are_found_by_halves(settings: object) -> None:
    addresses = [f"r{n}@a.example" for n in range(1, 201)]
    bad = {7, 100, 101, 200}
    batch = make_batch(
        *(f"mode-bad-{n}@a.example" if n in bad else a for n, a in enumerate(addresses, start=1))
    )

    with esp(settings, plan("mailgun")) as sink:
        handed = hand_over_once("mailgun", batch)

    assert handed.those(Outcome.REJECTED) == bad
    assert len(handed.those(Outcome.ACCEPTED)) == 196
    assert len(sink.requests) < 60
    assert_true(handed, sink)


def test_a_recipient_the_esp_knows_as_dead_is_rejected_in_its_words(settings: object) -> None:
    with esp(settings, plan("postmark")):
        handed = hand_over_once("postmark", make_batch("mode-refused-1@a.example"))

    assert handed.those(Outcome.REJECTED) == {1}
    assert "Inactive recipients" in handed.results[1].detail


def test_a_refused_reader_of_a_call_for_many_is_rejected_alone(settings: object) -> None:
    batch = make_batch("one@a.example", "mode-refused-2@a.example", "three@a.example")

    with esp(settings, plan("mailjet")) as sink:
        handed = hand_over_once("mailjet", batch)

    assert handed.those(Outcome.REJECTED) == {2}
    assert len(sink.requests) == 1
    assert_true(handed, sink)


def test_a_reader_whom_the_answer_does_not_mention_is_unknown(settings: object) -> None:
    batch = make_batch("one@a.example", "mode-missing-2@a.example", "three@a.example")

    with esp(settings, plan("mailjet")) as sink:
        handed = hand_over_once("mailjet", batch)

    assert handed.those(Outcome.UNKNOWN) == {2}
    assert handed.those(Outcome.ACCEPTED) == {1, 3}
    assert_true(handed, sink)


def test_answers_in_another_order_are_told_apart_by_address(settings: object) -> None:
    batch = make_batch("one@a.example", "mode-refused-2@a.example", "three@a.example")

    with esp(settings, plan("mailjet", mode="reversed")) as sink:
        handed = hand_over_once("mailjet", batch)

    assert handed.those(Outcome.REJECTED) == {2}
    assert_true(handed, sink)


@pytest.mark.parametrize("name", SHAPES)
def test_an_esp_that_asks_for_it_is_left_alone(
    settings: object, name: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode="429", retry_after="90")) as sink:
        handed = hand_over_once(name, batch)

    assert len(sink.requests) == 1
    assert handed.those(Outcome.DEFERRED) == ({1, 2, 3} if name in IN_ONE_CALL else {1})
    assert handed.results[1].retry_after == 90
    assert isinstance(handed.error, TransportBusy)
    assert handed.error.retry_after == 90
    assert sink.truth.taken == []


def test_an_esp_may_name_a_date_to_be_left_alone_until(settings: object) -> None:
    in_a_year = time.gmtime(time.time() + 365 * 24 * 3600)
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", in_a_year)

    with esp(settings, plan("resend", mode="429", retry_after=date)):
        handed = hand_over_once("resend", make_batch("one@a.example"))

    assert handed.results[1].retry_after == 3600


@pytest.mark.parametrize("name", SHAPES)
def test_a_short_pause_is_made_on_the_spot(
    settings: object, name: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode="429", times=2, retry_after="0.05")) as sink:
        handed = hand_over_once(name, batch)

    assert handed.those(Outcome.ACCEPTED) == {1, 2, 3}
    assert_true(handed, sink)


def test_no_pause_is_made_that_ends_too_late(settings: object) -> None:
    with esp(settings, plan("resend", mode="429", retry_after="4")):
        started = time.monotonic()
        handed = hand_over_once("resend", make_batch("one@a.example"), seconds=2)

    assert time.monotonic() - started < 1.5
    assert handed.results[1].retry_after == 4


@pytest.mark.parametrize("status", ["401", "403", "404"])
@pytest.mark.parametrize("name", SHAPES)
def test_an_esp_that_does_not_let_us_in_stops_everything(
    settings: object, name: str, status: str, batch: OutgoingBatch
) -> None:
    with esp(settings, plan(name, mode=status)) as sink:
        handed = hand_over_once(name, batch)

    assert isinstance(handed.error, TransportMisconfigured)
    assert "does not let us in" in str(handed.error)
    assert handed.results == {}
    assert len(sink.requests) == 1


def test_an_esp_that_is_not_there_is_unavailable(settings: object, batch: OutgoingBatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v3/"

    with esp(settings, plan("mailgun"), MAILGUN_API_URL=url):
        handed = hand_over_once("mailgun", batch)

    assert isinstance(handed.error, TransportUnavailable)
    assert "ConnectionError" in handed.error.words
    assert handed.results == {}


def test_an_esp_that_never_answers_clearly_is_left_alone(settings: object) -> None:
    batch = make_batch(*(f"r{n}@a.example" for n in range(10)))

    with esp(settings, plan("brevo", mode="500")) as sink:
        handed = hand_over_once("brevo", batch)

    assert isinstance(handed.error, TransportUnavailable)
    assert len(handed.those(Outcome.UNKNOWN)) == 3
    # Each was asked about once more.
    assert len(sink.requests) == 6


def test_unclear_answers_between_clear_ones_stop_nothing(settings: object) -> None:
    addresses = ("mode-500-{}@a.example", "r{}@a.example")
    batch = make_batch(*(addresses[n % 2].format(n) for n in range(10)))

    with esp(settings, plan("brevo")) as sink:
        handed = hand_over_once("brevo", batch)

    assert handed.error is None
    assert len(handed.those(Outcome.UNKNOWN)) == 5
    assert_true(handed, sink)


def test_nothing_is_begun_after_the_time_is_over(settings: object, batch: OutgoingBatch) -> None:
    with esp(settings, plan("postmark")) as sink:
        handed = hand_over_once("postmark", batch, seconds=-1)

    assert handed.results == {}
    assert sink.requests == []


def test_halves_of_a_refused_call_are_not_begun_after_the_time_is_over(settings: object) -> None:
    batch = make_batch("one@a.example", "mode-bad-2@a.example")

    with esp(settings, plan("mailgun", latency=0.2)) as sink:
        handed = hand_over_once("mailgun", batch, seconds=0.1)

    assert handed.results == {}
    assert sink.truth.taken == []


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_said_is_true_when_all_kinds_of_things_go_wrong(
    settings: object, name: str
) -> None:
    rates = dict.fromkeys((*UNCLEAR, "429"), 0.02) | {"bad": 0.02, "refused": 0.01}
    everyone = [f"r{n}@a.example" for n in range(200)]
    told: set[int] = set()

    stormy = plan(name, rates=rates, seed=1, retry_after="0.01")
    with esp(settings, stormy, REQUESTS_TIMEOUT=HASTY) as sink:
        transport = EspTransport(main(transport=name))
        copies = make_batch(*everyone).copies
        for start in range(0, len(copies), 20):
            batch = replace(make_batch(), copies=copies[start : start + 20])
            handed = hand_over(transport, batch)
            told |= handed.results.keys()
            assert {int(reader.delivery) for reader in sink.truth.taken} <= told
            _assert_true_of_these(handed, sink)
        transport.close()

    assert max(Counter(reader.delivery for reader in sink.truth.taken).values()) == 1


def _assert_true_of_these(handed: Handed, sink: Sink) -> None:
    taken = {int(reader.delivery) for reader in sink.truth.taken}
    assert handed.those(Outcome.ACCEPTED) <= taken
    assert not (handed.those(Outcome.REJECTED) | handed.those(Outcome.DEFERRED)) & taken
