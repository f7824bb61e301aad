"""How connections to a relay are opened, kept, and protected."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pytest_django import Settings

from newsletter.transports.base import (
    Outcome,
    OutgoingBatch,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp_connections import Timeouts
from newsletter.transports.smtp_lines import Line
from tests.channels import main
from tests.newsletter.transports.conftest import make_batch, with_edition
from tests.newsletter.transports.handing_over import Told, hand_over
from tests.newsletter.transports.relay import Relay, Start, free_port, relays, text_of

#: A key that is no secret, and a certificate of it for 127.0.0.1.
CERTIFICATE = Path(__file__).with_name("relay.pem")


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    with relays(settings) as start:
        yield start


@pytest.fixture
def relay(start: Start) -> Relay:
    return start()


@pytest.fixture
def tls() -> ssl.SSLContext:
    """How a relay speaks TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of the tests counts as one of those that everyone trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
def signed_in(settings: Settings, trusted: None) -> Settings:
    """Settings with which the relay of :func:`signing_in` lets us in."""
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    return settings


def send(batch: OutgoingBatch) -> Told:
    with closing(SmtpTransport(main())) as transport:
        return hand_over(transport, batch)


def outcomes(batch: OutgoingBatch) -> dict[int, Outcome]:
    told = send(batch)
    assert told.error is None
    return told.outcomes


def test_all_of_a_batch_goes_over_one_connection_if_only_one_may_be_open(
    settings: Settings, relay: Relay, batch: OutgoingBatch
) -> None:
    settings.SMTP_CONNECTIONS = 1

    outcomes(batch)

    assert len(relay.connections) == 1
    assert [envelope.rcpt_tos for envelope in relay.received] == [
        ["one@a.example"],
        ["two@a.example"],
        ["three@b.example"],
    ]


def test_no_more_connections_are_opened_than_there_are_copies(
    settings: Settings, relay: Relay
) -> None:
    settings.SMTP_CONNECTIONS = 20

    outcomes(make_batch("one@a.example", "two@a.example"))

    assert len(relay.connections) == 2


def test_connections_stay_open_from_batch_to_batch(relay: Relay) -> None:
    with closing(SmtpTransport(main())) as transport:
        for _written in range(3):
            hand_over(transport, make_batch("one@a.example", "two@a.example"))

    assert len(relay.received) == 6
    assert len(relay.connections) == 2


def test_connections_that_the_relay_closed_meanwhile_are_replaced(relay: Relay) -> None:
    with closing(SmtpTransport(main())) as transport:
        hand_over(transport, make_batch("one@a.example", "two@a.example"))
        for connection in relay.connections:
            assert connection.transport
            connection.loop.call_soon_threadsafe(connection.transport.close)
        told = hand_over(transport, make_batch("three@a.example", "four@a.example"))

    assert told.error is None
    assert len(relay.received) == len(relay.connections) == 4


def test_the_relay_is_told_goodbye(relay: Relay) -> None:
    outcomes(make_batch("one@a.example"))

    [connection] = relay.connections
    deadline = time.monotonic() + 5
    while connection.transport is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert connection.transport is None


def test_a_relay_that_is_down_is_unavailable(settings: Settings, batch: OutgoingBatch) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    told = send(batch)

    assert isinstance(told.error, TransportUnavailable)
    assert told.error.words


def test_a_relay_without_an_address_is_unavailable(
    settings: Settings, batch: OutgoingBatch
) -> None:
    settings.EMAIL_HOST = "relay..example"

    told = send(batch)

    assert isinstance(told.error, TransportUnavailable)
    assert told.error.words


def test_all_addresses_of_a_relay_are_tried(start: Start, settings: Settings) -> None:
    start()
    ports = [free_port(), settings.EMAIL_PORT]

    with closing(Line()) as line:
        connecting = line.connect([(socket.AF_INET, ("127.0.0.1", port)) for port in ports])
        assert greeting(line, connecting).startswith(b"220 ")


def test_an_address_that_does_not_answer_is_left_for_the_next(
    start: Start, settings: Settings
) -> None:
    start()
    ports = [free_port(), settings.EMAIL_PORT]

    with closing(Line()) as line:
        connecting = line.connect([(socket.AF_INET, ("127.0.0.1", port)) for port in ports])
        next(connecting)
        event = connecting.throw(TimeoutError("no answer in time"))
        assert greeting(line, chain([event], connecting)).startswith(b"220 ")


def greeting(line: Line, connecting: Iterable[int]) -> bytes:
    """What is said first over `line`, once `connecting` is done."""
    with DefaultSelector() as selector:
        for event in chain(connecting, [EVENT_READ]):
            selector.register(line, event)
            assert selector.select(timeout=5)
            selector.unregister(line)
    return line.read()


def test_mail_goes_over_tls_once_it_is_started(
    settings: Settings, start: Start, tls: ssl.SSLContext, trusted: None, batch: OutgoingBatch
) -> None:
    settings.EMAIL_USE_TLS = True
    relay = start(tls_context=tls, require_starttls=True)

    assert set(outcomes(batch).values()) == {Outcome.ACCEPTED}
    assert len(relay.received) == 3


def test_mail_goes_over_tls_from_the_first_byte(
    settings: Settings, start: Start, tls: ssl.SSLContext, trusted: None, batch: OutgoingBatch
) -> None:
    settings.EMAIL_USE_SSL = True
    relay = start(ssl_context=tls)

    assert set(outcomes(batch).values()) == {Outcome.ACCEPTED}
    assert len(relay.received) == 3


def test_a_message_larger_than_any_buffer_arrives_whole_over_tls(
    settings: Settings, start: Start, tls: ssl.SSLContext, trusted: None
) -> None:
    settings.EMAIL_USE_TLS = True
    relay = start(tls_context=tls)
    text = "A line of text, and another one.\n" * 200_000

    outcomes(with_edition(make_batch("one@a.example", html=False), text=(text,)))

    assert text_of(relay.received[0]) == text


@pytest.mark.parametrize(
    ("setting", "option"), [("EMAIL_USE_TLS", "tls_context"), ("EMAIL_USE_SSL", "ssl_context")]
)
def test_a_relay_that_nobody_vouches_for_gets_no_mail(
    settings: Settings,
    start: Start,
    tls: ssl.SSLContext,
    batch: OutgoingBatch,
    setting: str,
    option: str,
) -> None:
    setattr(settings, setting, True)
    relay = start(**{option: tls})

    told = send(batch)

    assert isinstance(told.error, TransportMisconfigured)
    assert "certificate" in str(told.error)
    assert relay.received == []


def test_what_is_slipped_in_before_tls_does_not_count_as_said_over_it(
    settings: Settings, batch: OutgoingBatch
) -> None:
    settings.EMAIL_USE_TLS = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.SMTP_CONNECTIONS = 1
        script = [
            b"220 hello\r\n",
            b"250-relay\r\n250 STARTTLS\r\n",
            b"220 go\r\n250 AUTH PLAIN\r\n",
        ]
        relay = threading.Thread(target=recite, args=(server, script))
        relay.start()
        told = send(batch)
        relay.join()

    assert isinstance(told.error, TransportUnavailable)
    assert "out of turn" in str(told.error)


def recite(server: socket.socket, script: list[bytes]) -> None:
    """Be a relay that says `script`, a line for each of ours."""
    connection, _address = server.accept()
    with connection:
        for line in script:
            connection.sendall(line)
            connection.recv(1024)


def test_a_relay_that_does_not_offer_tls_gets_no_mail(
    settings: Settings, relay: Relay, batch: OutgoingBatch
) -> None:
    settings.EMAIL_USE_TLS = True

    told = send(batch)

    assert isinstance(told.error, TransportMisconfigured)
    assert "STARTTLS" in str(told.error)
    assert relay.received == []


@pytest.mark.parametrize("without", [(), ("PLAIN",)], ids=["PLAIN", "LOGIN"])
def test_we_sign_in_over_tls(
    signed_in: Settings,
    start: Start,
    tls: ssl.SSLContext,
    batch: OutgoingBatch,
    without: tuple[str, ...],
) -> None:
    relay = start(**signing_in(tls, without=without))

    assert set(outcomes(batch).values()) == {Outcome.ACCEPTED}
    assert len(relay.received) == 3


def test_a_wrong_password_is_a_matter_of_settings(
    signed_in: Settings, start: Start, tls: ssl.SSLContext, batch: OutgoingBatch
) -> None:
    signed_in.EMAIL_HOST_PASSWORD = "guess"
    relay = start(**signing_in(tls))

    told = send(batch)

    assert isinstance(told.error, TransportMisconfigured)
    assert "535" in str(told.error)
    assert relay.received == []


def test_a_password_that_is_asked_for_and_not_set_is_a_matter_of_settings(
    signed_in: Settings, start: Start, tls: ssl.SSLContext, batch: OutgoingBatch
) -> None:
    signed_in.EMAIL_HOST_USER = ""
    relay = start(**signing_in(tls))

    told = send(batch)

    assert isinstance(told.error, TransportMisconfigured)
    assert "530" in str(told.error)
    assert relay.received == []


def signing_in(tls: ssl.SSLContext, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Options of a relay that, over TLS, takes mail from `us` with the password `secret` only."""
    right = LoginPassword(b"us", b"secret")

    def check(
        server: SMTP, session: Session, envelope: Envelope, how: str, said: Any
    ) -> AuthResult:
        return AuthResult(success=said == right, handled=False)

    return {
        "tls_context": tls,
        "authenticator": check,
        "auth_required": True,
        "auth_exclude_mechanism": without,
    }


def test_giving_up_leaves_time_for_the_last_answer_within_the_lease(settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 3600.0

    timeouts = Timeouts.of(main())

    assert timeouts.body + timeouts.end <= 5 * 60
    assert timeouts.end >= 2 * 60


def test_a_short_timeout_is_not_one_for_the_answer_to_a_message(settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 5.0

    timeouts = Timeouts.of(main())

    assert (timeouts.connect, timeouts.command, timeouts.data) == (5.0, 5.0, 5.0)
    assert timeouts.end >= 2 * 60
