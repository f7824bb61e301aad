from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp_keeping import LIFE, REST, Keeper
from subscribers.channels import Channel

CHANNEL = Channel("main", "smtp")


class Transport(SmtpTransport):
    """One that says when it is closed."""

    closed = False

    def close(self) -> None:
        super().close()
        self.closed = True


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(clock: Clock) -> Keeper:
    return Keeper(Transport, clock)


def a_turn_of(keeper: Keeper, channel: Channel = CHANNEL) -> Transport:
    with keeper.lending() as lend:
        transport = lend(channel)
    assert isinstance(transport, Transport)
    return transport


def test_the_next_turn_has_the_transport_of_the_last(keeper: Keeper) -> None:
    first = a_turn_of(keeper)

    assert a_turn_of(keeper) is first
    assert not first.closed


def test_turns_at_the_same_time_have_one_each(keeper: Keeper) -> None:
    with keeper.lending() as lend:
        mine = lend(CHANNEL)

        assert a_turn_of(keeper) is not mine


def test_a_channel_that_was_set_otherwise_has_another(keeper: Keeper) -> None:
    first = a_turn_of(keeper)

    assert a_turn_of(keeper, replace(CHANNEL, host="relay.example.org")) is not first


def test_after_an_error_it_is_used_no_more(keeper: Keeper) -> None:
    with suppress(OSError), keeper.lending() as lend:
        broken = lend(CHANNEL)
        raise OSError

    assert isinstance(broken, Transport)
    assert broken.closed
    assert a_turn_of(keeper) is not broken


def test_what_waited_too_long_for_a_turn_is_closed(keeper: Keeper, clock: Clock) -> None:
    first = a_turn_of(keeper)
    clock.now += REST

    keeper.close_rested()

    assert first.closed
    assert a_turn_of(keeper) is not first


def test_what_rests_for_a_moment_stays_open(keeper: Keeper) -> None:
    first = a_turn_of(keeper)

    keeper.close_rested()

    assert not first.closed


def test_what_was_used_for_long_is_closed_after_its_turn(keeper: Keeper, clock: Clock) -> None:
    first = a_turn_of(keeper)
    with keeper.lending() as lend:
        assert lend(CHANNEL) is first
        clock.now += LIFE + 1

    assert first.closed
