"""From the relay's greeting to the first mail, as a dialogue without sockets.

A dialogue is a generator: it yields what to say, and is sent the reply to it.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn, Self

from django.core.mail.utils import DNS_NAME

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import TransportMisconfigured
from newsletter.transports.smtp_replies import Lost, Reply
from subscribers.channels import Channel


@dataclass(frozen=True)
class Relay:
    """Where the mail goes, and how we get in."""

    host: str
    port: int
    user: str
    password: str
    #: TLS after connecting, TLS from the first byte; not both.
    starttls: bool
    tls: bool
    #: What we call ourselves.
    name: str

    @classmethod
    def of(cls, channel: Channel) -> Self:
        return cls(
            host=channel.host,
            port=channel.port,
            user=channel.user,
            password=channel.password,
            starttls=channel.starttls,
            tls=channel.tls,
            name=DNS_NAME.get_fqdn(),
        )

    @cached_property
    def tls_context(self) -> ssl.SSLContext:
        """For TLS with whom the system trusts; made once, for that takes a while."""
        return ssl.create_default_context()


@dataclass(frozen=True)
class Features:
    """What the relay offers, of what we have a use for."""

    #: Several commands may go in one write (RFC 2920).
    pipelining: bool = False
    #: It wants to know beforehand how large a message is (RFC 1870).
    size: bool = False


def greeted(relay: Relay) -> Generator[bytes, Reply, None]:
    """Up to where TLS starts, if it is asked for.

    Raises:
        Lost: the relay turns us away.
        TransportMisconfigured: TLS is asked for and not offered.
    """
    greeting = yield b""
    if greeting.code != 220:
        _turned_away(greeting)
    if relay.starttls:
        if "STARTTLS" not in (yield from _hello(relay)):
            raise TransportMisconfigured(obstacle=Obstacle.NO_STARTTLS)
        reply = yield b"STARTTLS\r\n"
        if reply.code != 220:
            _not_let_in(reply)


def signed_in(relay: Relay) -> Generator[bytes, Reply, Features]:
    """The rest, over TLS if it was asked for; what the relay offers then.

    Raises:
        Lost: the relay turns us away for now.
        TransportMisconfigured: it does not let us in.
    """
    extensions = yield from _hello(relay)
    if relay.user:
        yield from _sign_in(relay, extensions.get("AUTH", "").upper().split())
    return Features(pipelining="PIPELINING" in extensions, size="SIZE" in extensions)


def _hello(relay: Relay) -> Generator[bytes, Reply, dict[str, str]]:
    reply = yield f"EHLO {relay.name}\r\n".encode()
    if reply.code != 250:
        _turned_away(reply)
    parted = (line.partition(" ") for line in reply.lines[1:])
    return {name.upper(): parameters for name, _space, parameters in parted}


def _sign_in(relay: Relay, offered: list[str]) -> Generator[bytes, Reply, None]:
    user, password = relay.user.encode(), relay.password.encode()
    if "PLAIN" in offered:
        reply = yield b"AUTH PLAIN %s\r\n" % b64encode(b"\0%s\0%s" % (user, password))
    elif "LOGIN" in offered:
        reply = yield b"AUTH LOGIN\r\n"
        for answer in (user, password):
            if reply.code == 334:
                reply = yield b64encode(answer) + b"\r\n"
    else:
        raise TransportMisconfigured(obstacle=Obstacle.NO_SIGN_IN)
    if reply.code != 235:
        _not_let_in(reply)


def _turned_away(reply: Reply) -> NoReturn:
    raise Lost(reply.text, Obstacle.TURNED_AWAY)


def _not_let_in(reply: Reply) -> NoReturn:
    if reply.code < 500:
        _turned_away(reply)
    raise TransportMisconfigured(reply.text, Obstacle.NOT_LET_IN)
