"""Connections to a relay live on from one turn of a worker to the next, and no longer than that.

A turn takes seconds, and a mailing many turns; to dial, greet, encrypt and sign in takes longer
than to send a message. Between turns nobody looks after a connection, so they are few moments.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from newsletter.transports.smtp import SmtpTransport
from subscribers.channels import Channel

#: Seconds for which connections wait for another turn, and for which they are used at most: what
#: Postfix does as well (`smtp_connection_cache_time_limit`, `smtp_connection_reuse_time_limit`).
#: No relay hangs up so soon, and one that has moved is found again.
REST, LIFE = 2.0, 300.0


@dataclass
class _Kept:
    channel: Channel
    transport: SmtpTransport
    made_at: float
    rests_until: float = 0.0


class Keeper:
    """Lends the transports of one process to its threads, each to one at a time."""

    def __init__(
        self,
        make: Callable[[Channel], SmtpTransport] = SmtpTransport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make, self._clock = make, clock
        self._lock = threading.Lock()
        self._resting: list[_Kept] = []
        self._timer: threading.Timer | None = None

    @contextmanager
    def lending(self) -> Iterator[Callable[[Channel], SmtpTransport]]:
        """Gives a transport for each channel that it is asked for, for as long as the block runs.

        After an error none of them is used again: nobody knows how far they are.
        """
        lent: list[_Kept] = []

        def lend(channel: Channel) -> SmtpTransport:
            lent.append(self._take(channel))
            return lent[-1].transport

        try:
            yield lend
        except BaseException:
            _close(lent)
            raise
        self._keep(lent)

    def _take(self, channel: Channel) -> _Kept:
        with self._lock:
            for kept in reversed(self._resting):
                if kept.channel == channel:
                    self._resting.remove(kept)
                    return kept
        return _Kept(channel, self._make(channel), made_at=self._clock())

    def _keep(self, lent: list[_Kept]) -> None:
        now = self._clock()
        old = [kept for kept in lent if now > kept.made_at + LIFE]
        _close(old)
        with self._lock:
            for kept in lent:
                if kept not in old:
                    kept.rests_until = now + REST
                    self._resting.append(kept)
            self._look_later()

    def _look_later(self) -> None:
        if self._resting and self._timer is None:
            self._timer = threading.Timer(REST, self.close_rested)
            self._timer.daemon = True
            self._timer.start()

    def close_rested(self) -> None:
        """Close what waited for too long for another turn."""
        now = self._clock()
        with self._lock:
            rested = [kept for kept in self._resting if kept.rests_until <= now]
            self._resting = [kept for kept in self._resting if kept.rests_until > now]
            self._timer = None
            self._look_later()
        _close(rested)


def _close(those: list[_Kept]) -> None:
    for kept in those:
        kept.transport.close()


def own_keeper() -> Keeper:
    """The one of this process; a child of it has another."""
    return _keeper_of(os.getpid())


@cache
def _keeper_of(_pid: int) -> Keeper:
    return Keeper()
