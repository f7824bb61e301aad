"""The line to a relay: a socket, in the clear or over TLS, that never blocks.

What may take a while is a generator: it yields the event of the socket that it waits for, and
is resumed when the selector has seen it.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Generator, Sequence
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import TransportMisconfigured
from newsletter.transports.smtp_replies import Lost

#: Where to connect to, as :func:`socket.getaddrinfo` tells it.
Endpoint = tuple[socket.AddressFamily, Any]

#: All that one record of TLS may hold: what is left of one is not heard of again.
_CHUNK = 16 * 1024
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def endpoints(host: str, port: int) -> list[Endpoint]:
    """All addresses of `host`, the one to try first in front.

    Raises:
        OSError: it has none.
        UnicodeError: nothing can have that name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _type, _protocol, _name, address in found]


class Line:
    """Bytes to and from a relay. Whatever breaks it raises :class:`Lost`."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._encrypted = False
        self._unwritten: bytes | memoryview = b""
        #: How many bytes may have left by now.
        self.written = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def connect(self, to: Sequence[Endpoint]) -> Generator[int, None, None]:
        """Reach the first of `to` that answers; TimeoutError, thrown in, goes on to the next."""
        why = Lost(obstacle=Obstacle.NO_ANSWER)
        for family, address in to:
            self._socket.close()
            self._socket = socket.socket(family)
            try:
                yield from _connected(self._socket, address)
            except OSError as error:
                why = Lost(error) if str(error) else Lost(obstacle=Obstacle.NO_ANSWER)
            else:
                return
        raise why

    def encrypt(self, context: ssl.SSLContext, host: str) -> Generator[int, None, None]:
        """Speak TLS from here on.

        Raises:
            TransportMisconfigured: what answers does not speak it, or cannot show to be `host`.
        """
        try:
            encrypted = context.wrap_socket(
                self._socket, server_hostname=host, do_handshake_on_connect=False
            )
            self._socket, self._encrypted = encrypted, True
            yield from _shaken_hands(encrypted)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Lost(obstacle=Obstacle.HUNG_UP) from error
        except ssl.SSLError as error:
            raise TransportMisconfigured(error, Obstacle.TLS) from error
        except OSError as error:
            raise Lost(error, Obstacle.BROKEN) from error

    def say(self, data: bytes) -> Generator[int, None, None]:
        """Write all of `data`."""
        all_written = self.write(data)
        while not all_written:
            yield EVENT_WRITE
            all_written = self.write(b"")

    def write(self, data: bytes) -> bool:
        """Write what did not go before, then `data`, as far as it goes now; whether that is all."""
        if not self._unwritten:
            self._unwritten = data
        elif data:
            self._unwritten = bytes(self._unwritten) + data
        while self._unwritten:
            try:
                sent = self._socket.send(self._unwritten)
            except _WOULD_BLOCK:
                if self._encrypted:
                    # Some of it may be under way, and nobody says how much.
                    self.written += len(self._unwritten)
                return False
            except OSError as error:
                raise Lost(error, Obstacle.BROKEN) from error
            self.written += sent
            self._unwritten = memoryview(self._unwritten)[sent:]
        return True

    def read(self) -> bytes:
        """What arrived; nothing if that is still nothing."""
        try:
            data = self._socket.recv(_CHUNK)
        except _WOULD_BLOCK:
            return b""
        except OSError as error:
            raise Lost(error, Obstacle.BROKEN) from error
        if not data:
            raise Lost(obstacle=Obstacle.HUNG_UP)
        return data


def _connected(connecting: socket.socket, address: Any) -> Generator[int, None, None]:
    connecting.setblocking(False)
    connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _check(connecting.connect_ex(address))
    yield EVENT_WRITE
    _check(connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def _check(error: int) -> None:
    if error not in (0, errno.EINPROGRESS):
        raise OSError(error, os.strerror(error))


def _shaken_hands(encrypted: ssl.SSLSocket) -> Generator[int, None, None]:
    while True:
        try:
            return encrypted.do_handshake()
        except ssl.SSLWantReadError:
            yield EVENT_READ
        except ssl.SSLWantWriteError:
            yield EVENT_WRITE
