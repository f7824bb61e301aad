"""A mail relay over SMTP: one recipient a message, many connections at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import DefaultSelector

from newsletter.transports.base import (
    AboutToSend,
    Explained,
    OutgoingBatch,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    Until,
)
from newsletter.transports.smtp_connections import Connection, Timeouts
from newsletter.transports.smtp_handshake import Relay
from newsletter.transports.smtp_lines import Endpoint, endpoints
from newsletter.transports.smtp_replies import Lost
from newsletter.transports.smtp_runs import BatchRun
from newsletter.transports.smtp_session import BODY, DONE, END, READY, Letter
from subscribers.channels import Channel

#: Seconds after which a relay that would take no more connections is asked for more.
ASK_AGAIN = 5.0


class SmtpTransport:
    """Up to as many connections as the channel says, which stay open from batch to batch.

    All in one thread: each goes on when the relay has answered it, and waits for no other. A
    relay that takes fewer connections than that gets its mail over those it takes.
    """

    batch_size = 2000
    #: So many that the first and the last of a batch, for which connections wait idle, are few.
    smallest_batch = 50

    def __init__(self, channel: Channel, timeouts: Timeouts | None = None) -> None:
        self._relay = Relay.of(channel)
        self._timeouts = timeouts or Timeouts.of(channel)
        self._limit = self._most = max(1, channel.connections)
        self._asks_again_at = math.inf
        self._endpoints: list[Endpoint] = []
        self._selector = DefaultSelector()
        self._connections: list[Connection] = []
        # Of these, those that wait for a letter, and those that wait for the bytes of theirs.
        self._idle: list[Connection] = []
        self._ready: list[Connection] = []

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        run = BatchRun(batch, until)
        if time.monotonic() >= self._asks_again_at:
            self._limit, self._asks_again_at = self._most, math.inf
        # The relay may have hung up on some since the last batch.
        self._look(run, timeout=0)
        try:
            while self._begin(run):
                yield from run.results()
                self._look(run, timeout=self._time_left(run))
                yield from run.results()
                yield from self._hand_in(run)
            yield from run.results()
        finally:
            for connection in self._busy():
                self._drop(connection)
        run.raise_if_stopped()

    def close(self) -> None:
        for connection in self._connections.copy():
            self._drop(connection)
        self._selector.close()

    def _begin(self, run: BatchRun) -> bool:
        """Give every idle connection a letter; whether anything can still come of the run."""
        while self._idle and (letter := run.next_message()):
            connection = self._idle.pop()
            self._attempt(run, connection, partial(connection.begin, letter))
        while len(self._connections) < self._limit and run.waiting > self._spare():
            self._open(run)
        if run.goes_on:
            return bool(run.waiting) or any(c.phase is not DONE for c in self._connections)
        return any(c.phase is BODY or c.phase is END for c in self._connections)

    def _spare(self) -> int:
        """How many connections are without a letter, or will be once they are open."""
        return sum(connection.phase is DONE for connection in self._connections)

    def _open(self, run: BatchRun) -> None:
        try:
            self._endpoints = self._endpoints or endpoints(self._relay.host, self._relay.port)
        except (OSError, UnicodeError) as error:
            run.stop(TransportUnavailable(error))
            return
        connection = Connection(self._relay, self._endpoints, self._selector, self._timeouts)
        self._connections.append(connection)
        self._attempt(run, connection, connection.go_on_opening)

    def _look(self, run: BatchRun, *, timeout: float | None) -> None:
        """Wait until something arrives or is late, and let the connections go on."""
        for key, event in self._selector.select(timeout):
            connection: Connection = key.data
            self._attempt(run, connection, partial(connection.handle, event, run.report))
        now = time.monotonic()
        for connection in [c for c in self._connections if c.deadline <= now]:
            self._attempt(run, connection, connection.expire)

    def _time_left(self, run: BatchRun) -> float | None:
        """Seconds until something is late; None if nothing can be."""
        moment = min((connection.deadline for connection in self._connections), default=math.inf)
        if run.goes_on:
            moment = min(moment, run.until())
        return None if moment == math.inf else max(0.0, moment - time.monotonic())

    def _hand_in(self, run: BatchRun) -> Iterator[AboutToSend]:
        """Announce the messages that the relay waits for, then write them."""
        ready, self._ready = self._ready, []
        if ready and run.goes_on:
            yield AboutToSend(tuple(connection.letter.delivery_id for connection in ready))
        for connection in ready:
            # Looked at again: nobody knows how long it took to note them down.
            if not run.goes_on:
                self._drop(connection)
                continue
            following = run.next_message() if connection.takes_following else None
            self._attempt(run, connection, partial(connection.hand_in, following))

    def _attempt(self, run: BatchRun, connection: Connection, step: Callable[[], None]) -> None:
        """Do `step`, which is one of `connection`, and learn from its failure."""
        try:
            step()
        except (Lost, TransportMisconfigured) as error:
            results, letters = self._drop(connection, error)
            for result in results:
                run.report(result)
            run.requeue(letters, error)
            if isinstance(error, TransportMisconfigured):
                run.stop(error)
            elif not connection.is_open:
                self._shrink_pool(run, error)
        else:
            if connection.phase is READY:
                self._ready.append(connection)
            elif connection.idle and connection not in self._idle:
                self._idle.append(connection)

    def _shrink_pool(self, run: BatchRun, refusal: Lost) -> None:
        """Go on with the connections there are, after one more could not be had."""
        if self._connections:
            self._limit = len(self._connections)
            self._asks_again_at = time.monotonic() + ASK_AGAIN
        else:
            run.stop(TransportUnavailable(refusal.words, refusal.obstacle))

    def _drop(
        self, connection: Connection, why: Explained | None = None
    ) -> tuple[list[Result], list[Letter]]:
        for those in (self._connections, self._idle, self._ready):
            if connection in those:
                those.remove(connection)
        return connection.close(why)

    def _busy(self) -> list[Connection]:
        return [c for c in self._connections if c.phase is not DONE]
