"""Writing the history of mailings and batches, in the log as well.

Neither holds an address: mail services quote them, so their words are cleaned first.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from newsletter.models import ActorKind, HistoryEntry

logger = logging.getLogger(__name__)


class Actor(NamedTuple):
    """Who does something to the ledger."""

    kind: ActorKind
    name: str = ""
    user_id: int | None = None


#: The time that was set for it has come, or is over.
SCHEDULE = Actor(ActorKind.SCHEDULE)


def person(who: AbstractBaseUser | str | None) -> Actor:
    """A user, or by its name the command that a person gave; None where nobody is known."""
    if isinstance(who, AbstractBaseUser):
        return Actor(ActorKind.PERSON, user_id=who.pk)
    return Actor(ActorKind.PERSON, who or "")


def this_worker() -> Actor:
    """The process that this is."""
    return Actor(ActorKind.WORKER, f"{socket.gethostname()}:{os.getpid()}")


def mail_service(transport: str) -> Actor:
    """What is at the other end of `transport`."""
    return Actor(ActorKind.ESP, transport)


def write(entries: Sequence[HistoryEntry], by: Actor) -> None:
    """Store that `entries` were done by somebody, and log them once that is committed."""
    for entry in entries:
        entry.actor_kind, entry.actor_name, entry.user_id = by
        transaction.on_commit(partial(_log, entry))
    HistoryEntry.objects.bulk_create(entries)


def _log(entry: HistoryEntry) -> None:
    logger.info(
        "mailing=%s batch=%s transition=%s from=%s to=%s by=%s:%s why=%s",
        entry.mailing_id,
        entry.batch_id or "-",
        entry.transition,
        entry.before or "-",
        entry.after,
        entry.actor_kind,
        entry.user_id or entry.actor_name or "-",
        entry.why or "-",
    )
