"""How waitress serves the site where one process does everything.

It takes in a whole request before anything answers it, on disk if it is large. So what is too
large, or comes by the drop, is turned away while it arrives.
"""

from __future__ import annotations

import copy
import socket
import time
from typing import Any

from django.conf import settings
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

from config.bodies import UPLOAD, largest_body


class LimitedRequest(HTTPRequestParser):
    """A request that may be as large as its address allows."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.adj = copy.copy(self.adj)
        # Waitress refuses what reaches the limit; to us it is the last that may be.
        self.adj.max_request_body_size = largest_body(self.path) + 1


class PunctualChannel(HTTPChannel):
    """A connection that is closed when a request does not arrive in time."""

    parser_class = LimitedRequest
    #: Seconds for all of a request.
    request_within = 60.0
    _begun_at = 0.0

    def received(self, data: bytes) -> Any:
        if self.request is None:
            self._begun_at = time.monotonic()
        return super().received(data)

    def readable(self) -> Any:
        """Asked about once a second for every connection."""
        if self.request and time.monotonic() > self._begun_at + self.request_within:
            self.will_close = True
        return super().readable()


def web_server(application: Any, listener: socket.socket) -> Any:
    """The server that answers at `listener` with `application`, to be run."""
    server = create_server(
        application,
        sockets=[listener],
        threads=8,
        ident=None,
        # Before its headers are read, nothing else is known of a request.
        max_request_body_size=UPLOAD + 1,
        max_request_header_size=32 * 1024,
        channel_timeout=30,
        # A proxy's headers reach Django only where the settings trust a proxy.
        clear_untrusted_proxy_headers=settings.SECURE_PROXY_SSL_HEADER is None,
    )
    server.channel_class = PunctualChannel
    return server
