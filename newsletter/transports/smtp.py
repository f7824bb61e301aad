"""A mail relay over SMTP: one recipient a message, many connections at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import DefaultSelector

from django.conf import settings

from newsletter.transports.base import (
    Handing,
    Parcel,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    Until,
)
from newsletter.transports.dkim import Signer
from newsletter.transports.smtp_connections import Connection, Patience
from newsletter.transports.smtp_errands import Errand
from newsletter.transports.smtp_handshake import Relay
from newsletter.transports.smtp_lines import Endpoint, endpoints
from newsletter.transports.smtp_replies import Lost
from newsletter.transports.smtp_session import Letter, Phase


class SmtpTransport:
    """Up to SMTP_CONNECTIONS connections, which stay open from parcel to parcel.

    All in one thread: each goes on when the relay has answered it, and waits for no other. A
    relay that takes fewer connections than that gets its mail over those it takes.
    """

    #: So many that the first and the last of a parcel, for which connections wait idle, are few.
    batch_size = 200

    def __init__(self, patience: Patience | None = None) -> None:
        self._relay = Relay.configured()
        self._signer = Signer.configured()
        self._patience = patience or Patience.configured()
        self._limit = max(1, settings.SMTP_CONNECTIONS)
        self._endpoints: list[Endpoint] = []
        self._selector = DefaultSelector()
        self._connections: list[Connection] = []

    def hand_over(self, parcel: Parcel, *, until: Until) -> Iterator[Handing | Result]:
        errand = Errand(parcel, until, self._signer)
        # The relay may have hung up on some since the last parcel.
        self._look(errand, timeout=0)
        try:
            while self._begin(errand):
                yield from errand.told()
                self._look(errand, timeout=self._time_left(errand))
                yield from errand.told()
                yield from self._hand_in(errand)
            yield from errand.told()
        finally:
            for connection in self._busy():
                self._drop(connection)
        errand.raise_trouble()

    def close(self) -> None:
        for connection in self._connections.copy():
            self._drop(connection)
        self._selector.close()

    def _begin(self, errand: Errand) -> bool:
        """Give every idle connection a letter; whether anything can still come of the errand."""
        for connection in self._connections.copy():
            if connection.idle and (letter := errand.take()):
                self._attempt(errand, connection, partial(connection.begin, letter))
        while len(self._connections) < min(self._limit, len(self._busy()) + errand.waiting):
            self._open(errand)
        if errand.goes_on:
            return bool(errand.waiting or self._busy())
        return any(connection.phase in (Phase.BODY, Phase.END) for connection in self._connections)

    def _open(self, errand: Errand) -> None:
        try:
            self._endpoints = self._endpoints or endpoints(self._relay.host, self._relay.port)
        except (OSError, UnicodeError) as error:
            errand.stop(TransportUnavailable(f"The relay cannot be reached: {error}"))
            return
        connection = Connection(self._relay, self._endpoints, self._selector, self._patience)
        self._connections.append(connection)
        self._attempt(errand, connection, connection.go_on_opening)

    def _look(self, errand: Errand, *, timeout: float | None) -> None:
        """Wait until something arrives or is late, and let the connections go on."""
        for key, event in self._selector.select(timeout):
            connection: Connection = key.data
            self._attempt(errand, connection, partial(connection.handle, event, errand.tell))
        now = time.monotonic()
        for connection in [c for c in self._connections if c.deadline <= now]:
            self._attempt(errand, connection, connection.expire)

    def _time_left(self, errand: Errand) -> float | None:
        """Seconds until something is late; None if nothing can be."""
        moment = min((connection.deadline for connection in self._connections), default=math.inf)
        if errand.goes_on:
            moment = min(moment, errand.until())
        return None if moment == math.inf else max(0.0, moment - time.monotonic())

    def _hand_in(self, errand: Errand) -> Iterator[Handing]:
        """Announce the messages that the relay waits for, then write them."""
        ready = [c for c in self._connections if c.phase is Phase.READY]
        if ready and errand.goes_on:
            yield Handing(tuple(connection.letter.delivery_id for connection in ready))
        for connection in ready:
            # Looked at again: nobody knows how long it took to note them down.
            if not errand.goes_on:
                self._drop(connection)
                continue
            following = errand.take() if connection.takes_following else None
            self._attempt(errand, connection, partial(connection.hand_in, following))

    def _attempt(self, errand: Errand, connection: Connection, step: Callable[[], None]) -> None:
        """Do `step`, which is one of `connection`, and learn from its failure."""
        try:
            step()
        except (Lost, TransportMisconfigured) as error:
            results, letters = self._drop(connection, str(error))
            for result in results:
                errand.tell(result)
            errand.give_back(letters, str(error))
            if isinstance(error, TransportMisconfigured):
                errand.stop(error)
            elif not connection.is_open:
                self._make_do(errand, error)

    def _make_do(self, errand: Errand, refusal: Lost) -> None:
        """Go on with the connections there are, after one more could not be had."""
        if self._connections:
            self._limit = len(self._connections)
        else:
            errand.stop(TransportUnavailable(f"The relay cannot be reached: {refusal}"))

    def _drop(self, connection: Connection, why: str = "") -> tuple[list[Result], list[Letter]]:
        self._connections.remove(connection)
        return connection.close(why)

    def _busy(self) -> list[Connection]:
        return [c for c in self._connections if c.phase is not Phase.DONE]
