"""Mail programs that press the button to unsubscribe, as many at once as there are connections."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType

BODY = b"List-Unsubscribe=One-Click"
#: Of what a post needs in addition to be taken the ordinary way: that sees to whoever has a cookie.
ORDINARY = b"Cookie: a=b\r\n"


class Clicking:
    """Posts to one path after the other until the block ends, or all paths were used.

    Connections stay open, as those of a proxy in front of the site do if it is told so.
    """

    def __init__(
        self, port: int, paths: Sequence[str], *, extra: bytes = b"", connections: int = 16
    ) -> None:
        self.answered, self.seconds = 0, 0.0
        self._address = ("127.0.0.1", port)
        self._requests = (_request(path, extra) for path in paths)
        self._connections = connections
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._click)

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def __enter__(self) -> Clicking:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._error:
            raise self._error

    def until_all_are_used(self) -> None:
        self._thread.join()

    def _click(self) -> None:
        begun = time.monotonic()
        try:
            with selectors.DefaultSelector() as ready:
                for _ in range(self._connections):
                    connection = socket.create_connection(self._address)
                    ready.register(connection, selectors.EVENT_READ, connection)
                    self._go_on(ready, connection)
                while ready.get_map():
                    for key, _events in ready.select(1.0):
                        _take_answer(key.data)
                        self.answered += 1
                        self._go_on(ready, key.data)
        except (OSError, ValueError) as error:
            self._error = error
        self.seconds = time.monotonic() - begun

    def _go_on(self, ready: selectors.BaseSelector, connection: socket.socket) -> None:
        request = None if self._stop.is_set() else next(self._requests, None)
        if request is not None:
            connection.sendall(request)
        else:
            ready.unregister(connection)
            connection.close()


def _request(path: str, extra: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(BODY)}\r\n".encode()
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    return head + kind + extra + b"\r\n" + BODY


def _take_answer(connection: socket.socket) -> None:
    """Read all of it.

    Raises:
        ValueError: it is not what a reader who leaves is told.
    """
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _blank, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection)
    if b" 200 " not in head[:20] or b"You are unsubscribed" not in body:
        raise ValueError(f"Not answered as it should be: {head!r} {body[:300]!r}")


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionResetError("The site closed a connection in the middle of an answer.")
    return data
