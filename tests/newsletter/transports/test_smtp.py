"""Against a real SMTP server on loopback: what it received, byte for byte."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from pytest_django import Settings

from newsletter.transports.base import AboutToSend, Outcome, OutgoingBatch, TransportMisconfigured
from newsletter.transports.smtp import SmtpTransport
from tests.channels import main
from tests.messages import part_of
from tests.newsletter.transports.conftest import make_batch, with_edition
from tests.newsletter.transports.handing_over import Told, hand_over
from tests.newsletter.transports.relay import Relay, Start, bytes_of, parsed, relays, text_of


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    with relays(settings) as start:
        yield start


@pytest.fixture
def relay(start: Start) -> Relay:
    return start()


def send(batch: OutgoingBatch) -> Told:
    with closing(SmtpTransport(main())) as transport:
        return hand_over(transport, batch)


def outcomes(batch: OutgoingBatch) -> dict[int, Outcome]:
    told = send(batch)
    assert told.error is None
    return told.outcomes


def test_every_reader_gets_a_message_that_shows_only_themselves(
    relay: Relay, batch: OutgoingBatch
) -> None:
    outcomes(batch)

    assert relay.recipients == ["one@a.example", "three@b.example", "two@a.example"]
    for envelope in relay.received:
        others = {copy.address for copy in batch.copies} - set(envelope.rcpt_tos)
        assert [parsed(envelope)["To"]] == envelope.rcpt_tos
        assert not any(other.encode() in bytes_of(envelope) for other in others)


def test_the_envelope_names_the_sender_without_their_name(
    relay: Relay, batch: OutgoingBatch
) -> None:
    outcomes(batch)

    assert {envelope.mail_from for envelope in relay.received} == {"dispatch@news.example"}


def test_both_parts_are_filled_with_the_reader_s_own_values(
    relay: Relay, batch: OutgoingBatch
) -> None:
    outcomes(batch)

    [envelope] = [e for e in relay.received if e.rcpt_tos == ["two@a.example"]]
    message = parsed(envelope)
    html = part_of(message, "html").get_content()
    text = part_of(message, "plain").get_content()
    assert "Kayes &amp; Segou 2" in html
    assert "https://news.example/unsubscribe/token2/" in html
    assert "Kayes & Segou 2" in text


def test_plain_text_readers_get_no_html(relay: Relay) -> None:
    outcomes(make_batch("one@a.example", html=False))

    assert parsed(relay.received[0]).get_content_type() == "text/plain"


def test_the_headers_offer_one_click_unsubscribing(relay: Relay) -> None:
    outcomes(make_batch("one@a.example"))

    raw = bytes_of(relay.received[0]).decode()
    assert "List-Unsubscribe: <https://news.example/unsubscribe/token1/>, <mailto:" in raw
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_line_with_a_dot_alone_arrives_and_ends_nothing(relay: Relay) -> None:
    text = "Before\n.\n..after\n"

    outcomes(with_edition(make_batch("one@a.example", html=False), text=(text,)))

    assert text_of(relay.received[0]) == text


def test_a_message_larger_than_any_buffer_arrives_whole(relay: Relay) -> None:
    text = "A line of text, and another one.\n" * 200_000

    outcomes(with_edition(make_batch("one@a.example", html=False), text=(text,)))

    assert text_of(relay.received[0]) == text


def test_a_refused_recipient_is_rejected_alone(relay: Relay, batch: OutgoingBatch) -> None:
    relay.replies["two@a.example"] = "550 5.1.1 no such mailbox"

    assert outcomes(batch) == {1: Outcome.ACCEPTED, 2: Outcome.REJECTED, 3: Outcome.ACCEPTED}


def test_a_refused_recipient_was_never_announced(relay: Relay, batch: OutgoingBatch) -> None:
    relay.replies["two@a.example"] = "550 5.1.1 no such mailbox"

    assert send(batch).announced == {1, 3}


def test_a_recipient_put_off_is_deferred_alone(relay: Relay, batch: OutgoingBatch) -> None:
    relay.replies["one@a.example"] = "451 4.7.1 come back later"

    assert outcomes(batch) == {1: Outcome.DEFERRED, 2: Outcome.ACCEPTED, 3: Outcome.ACCEPTED}


def test_a_result_comes_with_the_relay_s_own_words(relay: Relay) -> None:
    relay.replies["two@a.example"] = "550 5.1.1 no such mailbox"

    told = send(make_batch("one@a.example", "two@a.example"))

    assert told.results[1].detail == "250 queued"
    assert told.results[2].detail == "550 5.1.1 no such mailbox"


def test_a_connection_lost_after_the_message_is_unknown_and_the_rest_goes_on(
    relay: Relay, batch: OutgoingBatch
) -> None:
    relay.hang_up_on = {"two@a.example"}

    assert outcomes(batch) == {1: Outcome.ACCEPTED, 2: Outcome.UNKNOWN, 3: Outcome.ACCEPTED}


def test_an_address_that_is_none_is_rejected_alone_and_never_said(relay: Relay) -> None:
    told = send(make_batch("one@a.example", "x>\r\nRCPT TO:<two@a.example", "three@a.example"))

    assert told.outcomes == {1: Outcome.ACCEPTED, 2: Outcome.REJECTED, 3: Outcome.ACCEPTED}
    assert relay.recipients == ["one@a.example", "three@a.example"]


def test_an_edition_that_cannot_be_written_is_sent_to_nobody(
    relay: Relay, batch: OutgoingBatch
) -> None:
    told = send(replace(batch, list_id="dispatch\r\nBcc: all@a.example"))

    assert isinstance(told.error, TransportMisconfigured)
    assert relay.connections == []


def test_a_copy_is_announced_before_the_relay_has_it(relay: Relay, batch: OutgoingBatch) -> None:
    with closing(SmtpTransport(main())) as transport:
        for event in transport.hand_over(batch, until=lambda: time.monotonic() + 60):
            if isinstance(event, AboutToSend):
                announced = [c.address for c in batch.copies if c.delivery_id in event.delivery_ids]
                assert not set(announced) & set(relay.recipients)

    assert len(relay.received) == 3


def test_what_was_announced_and_not_asked_for_again_does_not_leave(
    relay: Relay, batch: OutgoingBatch
) -> None:
    with closing(SmtpTransport(main())) as transport:
        events = transport.hand_over(batch, until=lambda: time.monotonic() + 60)
        assert isinstance(next(events), AboutToSend)
        events.close()  # type: ignore[attr-defined]
        told = hand_over(transport, make_batch("later@a.example"))

    assert told.outcomes == {1: Outcome.ACCEPTED}
    assert relay.recipients == ["later@a.example"]


def test_nothing_is_begun_when_time_is_up(relay: Relay, batch: OutgoingBatch) -> None:
    with closing(SmtpTransport(main())) as transport:
        hand_over(transport, make_batch("before@a.example"))
        told = hand_over(transport, batch, seconds=0.0)

    assert (told.results, told.error) == ({}, None)
    assert relay.begun == len(relay.received) == 1


def test_what_was_announced_is_not_sent_when_noting_it_down_took_too_long(
    relay: Relay, batch: OutgoingBatch
) -> None:
    results = []
    with closing(SmtpTransport(main())) as transport:
        until = time.monotonic() + 0.5
        for event in transport.hand_over(batch, until=lambda: until):
            if isinstance(event, AboutToSend):
                time.sleep(max(0.0, until - time.monotonic()))
            else:
                results.append(event)

    assert results == []
    assert relay.received == []
