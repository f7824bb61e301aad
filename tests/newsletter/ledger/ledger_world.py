"""What lies around the ledger when chance plays with it: readers, workers, a mail service, time.

The mail service knows what it really took. Time passes by moving every stored moment back.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from django.db.models import F

from newsletter import models
from newsletter.ledger.heartbeats import LIFE
from newsletter.models import Batch, BatchState, Delivery, Lane, Mailing
from newsletter.models.clock import Now
from newsletter.sending import delivering
from newsletter.sending.journals import Journal, own_journal
from newsletter.sending.recovering import recover
from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    Until,
)
from subscribers.models import Subscription, SubscriptionStatus, Suppression
from tests.newsletter.workers import STEADY, a_steady_worker

#: As long as Brevo's, which is what the ledger takes the mail service for when it has keys.
KEYS_LIVE = timedelta(minutes=15)

#: What may happen to a copy. Those that end in "taken" leave it in the mail service's hands.
FATES = (
    "ok",
    "ok",
    "ok",
    "reject",
    "defer",
    "unknown",
    "unknown taken",
    "die",
    "die announced",
    "die taken",
    "die told",
    "stall taken",
    "stall",
    "unavailable",
    "misconfigured",
)


class Killed(BaseException):
    """Stands for the end of a process: nothing of ours handles it."""


#: What ends a hand-over before the copy is begun.
BEFORE: Mapping[str, BaseException] = {
    "die": Killed(),
    "unavailable": TransportUnavailable("nobody answers"),
    "misconfigured": TransportMisconfigured("wrong password"),
}


class Mortal(Journal):
    """A journal whose worker may die right after all is recorded."""

    def __init__(self, journal: Journal, *, dies: bool) -> None:
        self.__dict__.update(journal.__dict__)
        self._dies = dies

    def recorded(self) -> None:
        if self._dies:
            raise Killed
        super().recorded()


@dataclass
class Wishes:
    """What readers wanted at one moment."""

    withdrawn: set[str]
    interest_sets: dict[int, int]

    @classmethod
    def now(cls) -> Wishes:
        active = Subscription.objects.filter(status=SubscriptionStatus.ACTIVE)
        gone = Subscription.objects.exclude(status=SubscriptionStatus.ACTIVE)
        return cls(
            set(filter(None, Suppression.objects.values_list("mailbox", flat=True)))
            | set(gone.values_list("subscriber__mailbox", flat=True)),
            dict(active.values_list("pk", "interest_set")),
        )


@dataclass
class World:
    has_keys: bool = False
    passed: timedelta = timedelta(0)
    #: How often each delivery was really taken.
    taken: Counter[int] = field(default_factory=Counter)
    #: When the mail service first heard of a key.
    keys: dict[int, timedelta] = field(default_factory=dict)

    def let_pass(self, time: timedelta) -> None:
        self.passed += time
        moments: dict[type, Sequence[str]] = {
            Batch: ("due_at", "lease_until", "handed_at", "first_handed_at"),
            Delivery: ("settled_at",),
            Lane: ("rate_limited_until", "closed_until"),
            Mailing: ("scheduled_at", "not_after", "release_at", "lease_until"),
            models.Worker: ("started_at", "beat_at"),
        }
        for model, names in moments.items():
            model.objects.update(**{name: F(name) - time for name in names})  # type: ignore[attr-defined]
        # Somebody else was heard of all the while.
        models.Worker.objects.filter(host=STEADY).delete()
        a_steady_worker()

    def hasten(self) -> None:
        """What would be tried again in a while is due, and the way out is open."""
        Batch.objects.filter(state=BatchState.PENDING).update(due_at=Now())
        Lane.objects.update(closed_until=None)

    def take(self, delivery: int) -> None:
        """The mail service takes a copy, unless it still knows its key."""
        known = self.keys.get(delivery)
        if self.has_keys and known is not None and self.passed - known < KEYS_LIVE:
            return
        self.keys[delivery] = self.passed
        self.taken[delivery] += 1


class Service:
    """Carries a batch for one worker; `fates` is what becomes of its copies, then all is well."""

    batch_size = smallest_batch = 2

    def __init__(self, world: World, fates: Sequence[str] = (), worker: Worker | None = None):
        self._world = world
        self._fates = iter(fates)
        self._worker = worker

    def of(self, channel: str) -> Self:
        return self

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        for copy in batch.copies:
            if self._worker is not None and self._worker.is_late:
                return
            if self._worker is not None:
                self._worker.check(copy.delivery_id)
            yield from self._one(copy.delivery_id, next(self._fates, "ok"))

    def close(self) -> None:
        pass

    def _one(self, delivery: int, fate: str) -> Iterator[AboutToSend | Result]:
        if fate in BEFORE:
            raise BEFORE[fate]
        yield AboutToSend((delivery,))
        if fate == "die announced":
            raise Killed
        if fate.endswith("taken") or fate in ("ok", "die told"):
            self._world.take(delivery)
        if fate.startswith("stall"):
            self._world.let_pass(timedelta(minutes=11))
            recover()
        if fate == "stall":
            # Noted down, and looked at the time again: what is late is not begun.
            return
        if fate == "die taken":
            raise Killed
        yield Result(delivery, self._outcome(fate), fate)
        if fate == "die told":
            raise Killed

    def _outcome(self, fate: str) -> Outcome:
        told = {
            "reject": Outcome.REJECTED,
            "defer": Outcome.DEFERRED,
            "unknown": Outcome.UNKNOWN,
            "unknown taken": Outcome.UNKNOWN,
        }
        return told.get(fate, Outcome.ACCEPTED)


class Worker:
    """One that has claimed a batch, and perhaps committed the intent."""

    def __init__(self, world: World, batch: Batch) -> None:
        self._world = world
        self.batch = batch
        self.has_intent = False
        self._began = world.passed
        self._wishes: Wishes
        self._life: AbstractContextManager[Journal] = own_journal()
        self._journal = self._life.__enter__()
        self._journal.claim(str(batch.token))
        self._journal.begin(batch.pk)

    @property
    def is_late(self) -> bool:
        """It was heard of when it claimed the batch, and not since."""
        return self._world.passed - self._began >= LIFE

    def commit_intent(self) -> bool:
        self._wishes = Wishes.now()
        self.has_intent = delivering.commit_intent(self.batch)
        if not self.has_intent:
            self.leave()
        return self.has_intent

    def hand_over(self, fates: Sequence[str], *, dies_in_the_end: bool) -> None:
        service = Service(self._world, fates, self)
        journal = Mortal(self._journal, dies=dies_in_the_end)
        try:
            delivering.hand_over(self.batch, service, journal, until=lambda: time.monotonic() + 60)
        except Killed:
            self.die()
        else:
            self.leave()

    def check(self, delivery_id: int) -> None:
        """Nobody is mailed who did not want it when the intent was committed."""
        delivery = Delivery.objects.get(pk=delivery_id)
        assert delivery.mailbox not in self._wishes.withdrawn
        assert self._wishes.interest_sets[delivery.subscription_id] == delivery.interest_set_id

    def leave(self) -> None:
        self._life.__exit__(None, None, None)

    def die(self) -> None:
        with suppress(Killed):
            self._life.__exit__(Killed, Killed(), None)
