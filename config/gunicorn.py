"""How gunicorn serves the site: `gunicorn config.wsgi --config=python:config.gunicorn`.

A thread answers one request from its first byte to the last. Someone who sends theirs by the drop
would hold it, and a few of them all threads; here they are cut off.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

bind = "0.0.0.0:8000"
workers, threads = 2, 4
#: A request that is answered, and a worker that stands still, in seconds.
timeout, keepalive = 60, 5
#: A token with what may be proposed beside it takes half of the first.
limit_request_line, limit_request_fields, limit_request_field_size = 4094, 60, 8190
worker_class = "config.gunicorn.PunctualWorker"
control_socket_disable = True


class PunctualWorker(ThreadWorker):
    """Gives each request a time to arrive in."""

    #: Seconds for the headers, and then for the body.
    headers_within, body_within = 10.0, 60.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Until when each connection may take to send what it is sending.
        self._until: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        self._until[conn] = time.monotonic() + self.headers_within
        try:
            return super().handle(conn)
        finally:
            self._until.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        self._until[conn] = time.monotonic() + self.body_within
        return super().handle_request(req, conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """About once a second: cut off who is late. What is being answered still goes out."""
        super().murder_keepalived(force)
        now = time.monotonic()
        for conn, until in list(self._until.items()):
            if until < now:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)
