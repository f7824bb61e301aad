"""Each thing that can go wrong with a relay: what is told of it, and what the relay took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from pytest_django import Settings

from newsletter.transports import for_a_turn, smtp
from newsletter.transports.base import (
    Outcome,
    OutgoingBatch,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp_connections import Timeouts
from tests.channels import main
from tests.faults.smtp_plans import FAULTS, Plan
from tests.faults.smtp_sink import Sink, running
from tests.newsletter.transports.conftest import make_batch, with_edition
from tests.newsletter.transports.handing_over import Told, hand_over

#: No test waits longer than this for a relay that says nothing.
HASTY = Timeouts(connect=5.0, command=0.5, data=0.5, body=5.0, end=0.5)
STALL = 1.25

Start = Callable[[Plan], Sink]


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    """Starts a relay, which the settings then name."""
    with ExitStack() as stack:

        def start(plan: Plan) -> Sink:
            sink = stack.enter_context(running(plan))
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
            settings.SMTP_CONNECTIONS = 2
            return sink

        yield start


def send(batch: OutgoingBatch, timeouts: Timeouts = HASTY) -> Told:
    with closing(SmtpTransport(main(), timeouts)) as transport:
        return hand_over(transport, batch)


def taken_by(sink: Sink) -> list[int]:
    """The numbers of the copies that the relay took, twice where it took one twice."""
    return sorted(int(taken.message_id.removeprefix("m").split("@")[0]) for taken in sink.taken)


#: For each fault from RCPT on, the outcome of the one copy that meets it, at every connection.
OUTCOMES = {
    "rcpt-451": Outcome.DEFERRED,
    "rcpt-550": Outcome.REJECTED,
    "rcpt-550-354": Outcome.REJECTED,
    "rcpt-close": Outcome.DEFERRED,
    "rcpt-garbage": Outcome.DEFERRED,
    "data-421": Outcome.DEFERRED,
    "data-451": Outcome.DEFERRED,
    "data-554": Outcome.REJECTED,
    "data-stall": Outcome.DEFERRED,
    "body-close": Outcome.UNKNOWN,
    "end-421": Outcome.DEFERRED,
    "end-451": Outcome.DEFERRED,
    "end-554": Outcome.REJECTED,
    "end-drop-close": Outcome.UNKNOWN,
    "end-drop-stall": Outcome.UNKNOWN,
    "end-accept-close": Outcome.UNKNOWN,
    "end-accept-garbage": Outcome.UNKNOWN,
    "end-accept-stall": Outcome.UNKNOWN,
}


def test_every_fault_of_a_recipient_is_tried() -> None:
    assert set(OUTCOMES) == {name for name in FAULTS if not name.startswith(("greeting", "mail"))}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "step by step"])
@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_fault_hits_the_copy_that_meets_it_and_no_other(
    start: Start, fault: str, pipelining: bool
) -> None:
    sink = start(Plan(pipelining=pipelining, stall=STALL))
    addresses = [f"reader{number}@a.example" for number in range(1, 7)]
    addresses[2] = f"mode-{fault}-3@a.example"

    told = send(make_batch(*addresses))

    others = {1, 2, 4, 5, 6}
    assert told.outcomes.pop(3) is OUTCOMES[fault]
    assert {n for n, outcome in told.outcomes.items() if outcome is Outcome.ACCEPTED} == others
    assert taken_by(sink) == sorted(others | ({3} if FAULTS[fault].takes else set()))


@pytest.mark.parametrize("fault", ["rcpt-close", "rcpt-garbage", "data-stall"])
def test_a_copy_that_two_connections_were_lost_with_is_put_off_for_it_may_be_to_blame(
    start: Start, fault: str
) -> None:
    sink = start(Plan(stall=STALL))

    told = send(make_batch(f"mode-{fault}-1@a.example"))

    assert told.outcomes == {1: Outcome.DEFERRED}
    assert told.error is None
    assert sink.connections == 2


@pytest.mark.parametrize("fault", ["rcpt-close", "rcpt-garbage", "data-stall", "mail-close"])
def test_a_connection_that_is_lost_before_the_message_costs_nothing_the_first_time(
    start: Start, fault: str
) -> None:
    sink = start(Plan(mode=fault, times=1, stall=STALL))

    told = send(make_batch("one@a.example", "two@a.example", "three@a.example"))

    assert told.error is None
    assert set(told.outcomes.values()) == {Outcome.ACCEPTED}
    assert taken_by(sink) == [1, 2, 3]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name.startswith("greeting")])
def test_one_connection_that_cannot_be_had_is_done_without(start: Start, fault: str) -> None:
    sink = start(Plan(mode=fault, times=1, stall=STALL))

    told = send(make_batch("one@a.example", "two@a.example", "three@a.example"))

    assert told.error is None
    assert taken_by(sink) == [1, 2, 3]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name.startswith("greeting")])
def test_a_relay_that_lets_nobody_in_is_unavailable(start: Start, fault: str) -> None:
    sink = start(Plan(mode=fault, stall=STALL))

    told = send(make_batch("one@a.example", "two@a.example"))

    assert told.results == {}
    assert isinstance(told.error, TransportUnavailable)
    assert sink.taken == []


def test_a_relay_that_takes_fewer_connections_is_not_asked_again_and_again(start: Start) -> None:
    sink = start(Plan(mode="greeting-421", times=1))

    with closing(SmtpTransport(main(), HASTY)) as transport:
        for _written in range(3):
            hand_over(transport, make_batch("one@a.example", "two@a.example"))

    assert sink.connections == 2


def test_after_a_while_it_is_asked_for_more(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "ASK_AGAIN", 0.0)
    sink = start(Plan(mode="greeting-421", times=1))

    with closing(SmtpTransport(main(), HASTY)) as transport:
        for _written in range(2):
            hand_over(transport, make_batch("one@a.example", "two@a.example"))

    assert sink.connections == 3


def test_the_next_turn_of_a_worker_goes_on_over_the_same_connections(
    start: Start, settings: Settings
) -> None:
    sink = start(Plan())
    settings.MAIL_TRANSPORT = "smtp"

    for _turn in range(3):
        with for_a_turn() as transports:
            hand_over(transports.of("main"), make_batch("one@a.example", "two@a.example"))

    assert len(sink.taken) == 6
    assert sink.connections == 2


@pytest.mark.parametrize("fault", ["mail-451", "mail-421"])
def test_a_sender_put_off_defers_the_copy(start: Start, fault: str) -> None:
    sink = start(Plan(mode=fault, times=1))

    told = send(make_batch("one@a.example", "two@a.example", "three@a.example"))

    assert sorted(told.outcomes.values(), key=str) == [Outcome.ACCEPTED] * 2 + [Outcome.DEFERRED]
    assert len(sink.taken) == 2


def test_a_relay_that_wants_us_signed_in_is_a_matter_of_settings(start: Start) -> None:
    sink = start(Plan(mode="mail-530"))

    told = send(make_batch("one@a.example", "two@a.example"))

    assert isinstance(told.error, TransportMisconfigured)
    assert told.results == {}
    assert sink.taken == []


def test_what_is_on_its_way_when_the_settings_prove_wrong_still_gets_its_result(
    start: Start,
) -> None:
    sink = start(Plan(mode="mail-530", times=1, delay=0.05))

    told = send(make_batch("one@a.example", "two@a.example"))

    assert isinstance(told.error, TransportMisconfigured)
    assert sorted(told.results) == taken_by(sink)


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelining", "step by step"])
def test_a_message_broken_off_before_its_end_was_written_has_not_left(
    start: Start, pipelining: bool
) -> None:
    sink = start(Plan(pipelining=pipelining))
    batch = make_batch("mode-body-close-1@a.example", "two@a.example", html=False)
    # More than all buffers between us and the relay hold.
    batch = with_edition(batch, text=("A line of text, and another one.\n" * 500_000,))

    # It takes the relay its time to read all of that.
    told = send(batch, Timeouts(body=30.0, end=30.0))

    assert told.outcomes == {1: Outcome.DEFERRED, 2: Outcome.ACCEPTED}
    assert taken_by(sink) == [2]


def test_nothing_is_waited_for_that_could_not_be_sent_any_more(start: Start) -> None:
    start(Plan(stall=STALL))
    began = time.monotonic()

    with closing(SmtpTransport(main())) as transport:
        told = hand_over(transport, make_batch("mode-data-stall-1@a.example"), seconds=0.2)

    assert (told.results, told.error) == ({}, None)
    assert time.monotonic() - began < STALL


def test_under_a_storm_of_faults_what_is_told_is_what_the_relay_took(start: Start) -> None:
    chance = 0.6 / len(OUTCOMES)
    rates = dict.fromkeys(OUTCOMES, chance) | {"mail-close": 0.03, "greeting-421": 0.05}
    sink = start(Plan(rates=rates, seed=20230930, stall=STALL))

    told = send(make_batch(*(f"reader{number}@a.example" for number in range(1, 151))))

    taken = taken_by(sink)
    by_outcome = {
        outcome: {n for n, told_of in told.outcomes.items() if told_of is outcome}
        for outcome in Outcome
    }
    assert len(taken) == len(set(taken))
    assert by_outcome[Outcome.ACCEPTED] <= set(taken)
    assert set(taken) <= by_outcome[Outcome.ACCEPTED] | by_outcome[Outcome.UNKNOWN]
    assert all(by_outcome.values())
