"""Loaded into a worker, it has the worker die at one exact point, by chance.

The point lies between the commit of a claim and the journal’s line that says which batch it is:
a kill from outside hardly ever finds it.
"""

from __future__ import annotations

import os
import random
import signal

from newsletter.sending import journals
from tests.faults.crew import CHANCE, MOST, deaths


class DyingJournal(journals.Journal):
    """A journal whose worker may die once it has a batch."""

    def begin(self, batch_id: int) -> None:
        if random.random() < float(os.environ[CHANCE]):  # noqa: S311 - chance, not secrets
            _die()
        super().begin(batch_id)


def _die() -> None:
    with deaths().open("ab", buffering=0) as file:
        if file.tell() < int(os.environ[MOST]):
            file.write(b"x")
            os.kill(os.getpid(), signal.SIGKILL)


journals.Journal = DyingJournal  # type: ignore[misc]
