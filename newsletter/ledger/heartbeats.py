"""Heartbeats: how one worker knows that another is dead, on whatever machine it was.

A process beats while it works. Each beat is a row's moment on the database's clock, and lets the
process begin mail for :data:`LIFE` more on its own clock. One that is not heard of for
:data:`DEAD_AFTER` counts as dead; by then its own right to begin anything is long over, whether
it is dead, or stands still, or cannot reach the database.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.db import DatabaseError, connections
from django.db.models import Exists, OuterRef, Q

from newsletter.models import Worker
from newsletter.models.clock import Now

logger = logging.getLogger(__name__)

#: How often a process beats while it works.
EVERY = timedelta(seconds=5)
#: How long a process lives from one beat to the next. One that comes later begins a new life:
#: what it held in the old one is no longer its own.
LIFE = timedelta(seconds=15)
#: How long nothing is heard of a process before others take up what it held.
DEAD_AFTER = timedelta(seconds=30)
#: How long the rows of those that ended are kept, for people who look into what happened.
KEPT = timedelta(days=1)


@dataclass
class Life:
    """A process from its first beat to the last one that came in time."""

    worker_id: int
    #: When it ends unless there is another beat, on the clock of :func:`time.monotonic`.
    ends_at: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at


class Heart:
    """Beats for one process, in whichever of its threads."""

    def __init__(self) -> None:
        self._life: Life | None = None
        self._turns = threading.Lock()

    def life(self) -> Life:
        """The life that the process is in; a new one if the last has ended."""
        life = self._life
        soon = time.monotonic() + (LIFE - EVERY).total_seconds()
        return self.beat() if life is None or life.ends_at < soon else life

    def beat(self) -> Life:
        """Let the process live on, or live again."""
        with self._turns:
            # Taken before the database is asked: however long that takes, this ends first.
            ends_at = time.monotonic() + LIFE.total_seconds()
            life = self._life
            if life is not None and _is_kept(life):
                life.ends_at = ends_at
                return life
            if life is not None:
                # Our clock may have stood still with the machine: the database's has not.
                life.ends_at = 0.0
            self._life = Life(_begin(), ends_at)
            return self._life

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in a thread of its own for as long as the block runs."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=[over], daemon=True)
        self.life()
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat_until(self, over: threading.Event) -> None:
        try:
            while not over.wait(EVERY.total_seconds()):
                try:
                    self.beat()
                except DatabaseError as error:
                    logger.warning("The database was not told that this process lives: %s", error)
                    connections.close_all()
        finally:
            connections.close_all()


def own_heart() -> Heart:
    """The one of this process; a child of it has another."""
    return _heart_of(os.getpid())


@cache
def _heart_of(_pid: int) -> Heart:
    return Heart()


def is_dead() -> Q:
    """Whether the worker that holds a row (its `worker`) counts as dead.

    Nobody does unless somebody has been heard of without a break all the while: where all are
    silent, it was the database that stood still.
    """
    silent = ~Exists(Worker.objects.filter(pk=OuterRef("worker"), beat_at__gt=Now() - DEAD_AFTER))
    steady = Worker.objects.filter(started_at__lte=Now() - DEAD_AFTER, beat_at__gt=Now() - LIFE)
    return Q(silent, Exists(steady), worker__isnull=False)


def forget_the_dead() -> None:
    """Remove what was kept of processes that ended long ago."""
    Worker.objects.filter(beat_at__lte=Now() - KEPT).delete()


def _begin() -> int:
    worker = Worker.objects.create(
        host=socket.gethostname(), pid=os.getpid(), started_at=Now(), beat_at=Now()
    )
    return worker.pk


def _is_kept(life: Life) -> bool:
    """Beat in `life`; False if it is over by the database's clock."""
    alive = Worker.objects.filter(pk=life.worker_id, beat_at__gt=Now() - LIFE)
    return bool(alive.update(beat_at=Now()))
