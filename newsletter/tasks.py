"""The bell of the newsletter: messages that carry no work."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from celery import shared_task
from django.db import DatabaseError, close_old_connections, connections

from newsletter import worker
from newsletter.ledger.heartbeats import Heart, own_heart
from newsletter.queries import checks_need_a_worker, events_due, mailings_need_a_worker
from newsletter.safety import erasing, retention
from newsletter.transports import for_a_turn
from subscribers.bell import ring
from subscribers.services import forgetting
from subscribers.services.answering import requests_due
from subscribers.services.clone_guard import check_generation
from subscribers.services.notifying import notices_due
from subscribers.tasks import send_notices

logger = logging.getLogger(__name__)


@shared_task
def drain() -> None:
    """Send what is due, for a few seconds; ring again if there is more."""
    with for_a_turn() as transports:
        more = worker.drain(transports, own_heart())
    if more:
        ring(drain)


@shared_task
def tidy() -> None:
    """Forget what need not be known any longer."""
    erasing.erase_unconfirmed()
    forgetting.forget()
    retention.run()


def keep_ringing(stop: threading.Event, *, every: float = 0.5) -> None:
    """Look every `every` seconds whether something is owed and ring for it, until `stop` is set.

    Any number of processes may do so: two rings find the work of one. A copy of the database is
    found out first, before anything rings for mail. While mail is on its way they beat: that the
    database takes note of it tells a worker that is silent from a database that stands still.
    """
    heart = Heart()
    with suppress(DatabaseError):
        check_generation()
    while not stop.wait(every):
        try:
            _ring_once(heart)
        except DatabaseError:
            logger.exception("The database does not answer; looking again in %s s", every)
        finally:
            close_old_connections()
    connections.close_all()


def _ring_once(heart: Heart) -> None:
    if under_way := mailings_need_a_worker() or checks_need_a_worker():
        heart.life()
    if under_way or events_due().exists():
        ring(drain)
    if requests_due() or notices_due():
        ring(send_notices)
    if erasing.someone_to_erase() or forgetting.something_to_forget() or retention.is_due():
        ring(tidy)
