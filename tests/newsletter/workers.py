"""Workers for tests: what one takes up, and how time passes without a sign of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import F

from newsletter.ledger.heartbeats import DEAD_AFTER, Heart
from newsletter.models import Batch, Worker
from newsletter.models.clock import Now
from newsletter.sending import delivering

#: The host of a worker that is always heard of.
STEADY = "steady"


def claim(heart: Heart | None = None) -> Batch | None:
    """A batch, claimed by a worker with this `heart`."""
    return delivering.claim((heart or Heart()).life(), uuid.uuid4())


def a_steady_worker() -> Worker:
    """One that has been heard of all the while that others were silent."""
    return Worker.objects.create(
        host=STEADY, pid=1, started_at=Now() - 2 * DEAD_AFTER, beat_at=Now()
    )


def let_beats_age(age: timedelta = DEAD_AFTER) -> None:
    """Nothing was heard of any worker for `age`."""
    Worker.objects.update(started_at=F("started_at") - age, beat_at=F("beat_at") - age)
