"""How a worker waits for its broker."""

from __future__ import annotations

from functools import partial

from celery.worker.consumer import Consumer
from kombu import Connection

#: Seconds between two tries. Celery has no setting for it, and its own waits grow to half a
#: minute, in which a broker that is back again is not noticed.
LONGEST_WAIT = 2


class SteadyConsumer(Consumer):
    """Celery's consumer, which looks for its broker as often after an hour as at first."""

    def ensure_connected(self, conn: Connection) -> Connection:
        conn.ensure_connection = partial(conn.ensure_connection, interval_max=LONGEST_WAIT)  # type: ignore[method-assign]
        return super().ensure_connected(conn)
