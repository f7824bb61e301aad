"""Against a real SMTP server on loopback: what it received, byte for byte."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.transports.base import Outcome, Parcel, TransportUnavailable
from newsletter.transports.smtp import SmtpTransport
from tests.newsletter.transports.conftest import make_parcel, results_of


class Relay:
    """Takes everything but what `replies` says about an address."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.replies: dict[str, str] = {}
        self.hang_up_on: set[str] = set()
        self.connections = 0

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append(envelope)
        if set(envelope.rcpt_tos) & self.hang_up_on:
            server.transport.abort()
        return "250 queued"


@pytest.fixture
def relay(settings: object) -> Iterator[Relay]:
    relay = Relay()
    controller = Controller(relay, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port  # type: ignore[attr-defined]
    yield relay
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def outcomes(parcel: Parcel) -> dict[int, Outcome]:
    transport = SmtpTransport()
    try:
        return {r.delivery_id: r.outcome for r in results_of(transport, parcel)}
    finally:
        transport.close()


def parsed(envelope: Envelope) -> EmailMessage:
    return email.message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[return-value]


def test_every_reader_gets_a_message_that_shows_only_himself(relay: Relay, parcel: Parcel) -> None:
    outcomes(parcel)

    assert [envelope.rcpt_tos for envelope in relay.received] == [
        ["one@a.example"],
        ["two@a.example"],
        ["three@b.example"],
    ]
    for envelope in relay.received:
        others = {copy.address for copy in parcel.copies} - set(envelope.rcpt_tos)
        assert parsed(envelope)["To"] == envelope.rcpt_tos[0]
        assert not any(other.encode() in envelope.content for other in others)


def test_all_of_a_parcel_goes_over_one_connection(relay: Relay, parcel: Parcel) -> None:
    outcomes(parcel)

    assert relay.connections == 1


def test_both_parts_are_filled_with_the_reader_s_own_values(relay: Relay, parcel: Parcel) -> None:
    outcomes(parcel)

    message = parsed(relay.received[1])
    html = message.get_body(("html",)).get_content()
    text = message.get_body(("plain",)).get_content()
    assert "Kayes &amp; Segou 2" in html
    assert "https://news.example/unsubscribe/token2/" in html
    assert "Kayes & Segou 2" in text


def test_plain_text_readers_get_no_html(relay: Relay) -> None:
    outcomes(make_parcel("one@a.example", html=False))

    assert parsed(relay.received[0]).get_content_type() == "text/plain"


def test_the_headers_offer_one_click_unsubscribing(relay: Relay, parcel: Parcel) -> None:
    outcomes(parcel)

    raw = relay.received[0].content.replace(b"\r\n ", b" ").decode()
    assert "List-Unsubscribe: <https://news.example/unsubscribe/token1/>\r\n" in raw
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert "List-Id: <dispatch.news.example>\r\n" in raw
    assert "Message-ID: <m1@news.example>\r\n" in raw


def test_a_refused_recipient_is_rejected_alone(relay: Relay, parcel: Parcel) -> None:
    relay.replies["two@a.example"] = "550 5.1.1 no such mailbox"

    assert outcomes(parcel) == {1: Outcome.ACCEPTED, 2: Outcome.REJECTED, 3: Outcome.ACCEPTED}


def test_a_recipient_put_off_is_deferred_alone(relay: Relay, parcel: Parcel) -> None:
    relay.replies["one@a.example"] = "451 4.7.1 come back later"

    assert outcomes(parcel) == {1: Outcome.DEFERRED, 2: Outcome.ACCEPTED, 3: Outcome.ACCEPTED}


def test_a_connection_lost_after_the_message_is_unknown_and_the_rest_goes_on(
    relay: Relay, parcel: Parcel
) -> None:
    relay.hang_up_on = {"two@a.example"}

    assert outcomes(parcel) == {1: Outcome.ACCEPTED, 2: Outcome.UNKNOWN, 3: Outcome.ACCEPTED}


def test_a_relay_that_is_down_is_unavailable(settings: object, parcel: Parcel) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()  # type: ignore[attr-defined]

    with pytest.raises(TransportUnavailable, match="cannot be reached"):
        results_of(SmtpTransport(), parcel)
