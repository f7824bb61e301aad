"""A real SMTP server on loopback, to send to."""

from __future__ import annotations

import email
import socket
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings


class Relay:
    """Takes everything but what `replies` says about an address."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.replies: dict[str, str] = {}
        self.hang_up_on: set[str] = set()
        self.connections: list[SMTP] = []
        #: How many messages were begun.
        self.begun = 0

    @property
    def recipients(self) -> list[str]:
        """Everyone something was received for, sorted; twice if twice."""
        return sorted(address for envelope in self.received for address in envelope.rcpt_tos)

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections.append(server)
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.begun += 1
        envelope.mail_from = address
        return "250 OK"

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
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return "250 queued"


#: Starts a relay with Controller's options, which the settings then name.
Start = Callable[..., Relay]


@contextmanager
def relays(settings: Settings) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**options: Any) -> Relay:
            relay = Relay()
            controller = Controller(relay, hostname="127.0.0.1", port=free_port(), **options)
            controller.start()
            stack.callback(controller.stop)
            settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
            return relay

        yield start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bytes_of(envelope: Envelope) -> bytes:
    assert isinstance(envelope.content, bytes)
    return envelope.content


def parsed(envelope: Envelope) -> EmailMessage:
    message = email.message_from_bytes(bytes_of(envelope), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(envelope: Envelope) -> str:
    """The text of a message that has nothing else."""
    return str(parsed(envelope).get_content()).replace("\r\n", "\n")
