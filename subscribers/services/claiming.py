"""Hold a notice while it is sent: other workers leave it alone until nothing is heard of its own.

A lease of a moment, renewed for as long as handing over takes: a mail service may take minutes
to answer, and what a dead worker held is for the next one within :data:`LEASE`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, connections, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from subscribers.models import Notice, NoticeState

logger = logging.getLogger(__name__)

#: How long nothing is heard of a worker before another takes up what it held.
LEASE = timedelta(seconds=45)
#: How often a worker is heard of.
EVERY = LEASE / 3

_READERS = (
    "subscription__subscriber",
    "subscription__publication",
    "request__interest_set",
    "change__interest_set",
)


def claim(due: QuerySet[Notice]) -> Notice | None:
    """Take and commit the notice of `due` that has waited longest; None if others took all."""
    free = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
    with transaction.atomic():
        notice = free.first()
        if notice is None:
            return None
        mine = due.filter(pk=notice.pk)
        claimed = mine.update(due_at=_lease(), attempts=F("attempts") + 1)
    return Notice.objects.select_related(*_READERS).get(pk=notice.pk) if claimed else None


@contextmanager
def held(notice: Notice) -> Iterator[None]:
    """Let others know that its worker lives, for as long as the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_renew_until, args=[over, notice], daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def renew(notice: Notice) -> None:
    """Hold `notice` for another while, unless it is somebody else's by now."""
    mine = Notice.objects.filter(pk=notice.pk, state=NoticeState.OWED, attempts=notice.attempts)
    mine.update(due_at=_lease())


def _renew_until(over: threading.Event, notice: Notice) -> None:
    try:
        while not over.wait(EVERY.total_seconds()):
            try:
                renew(notice)
            except DatabaseError as error:
                logger.warning("The database was not told that a notice is being sent: %s", error)
                connections.close_all()
    finally:
        connections.close_all()


def _lease() -> datetime:
    return timezone.now() + LEASE
