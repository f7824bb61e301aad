from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from subscribers.models import Subscriber


@dataclass(frozen=True)
class KeptReader:
    """A reader whom all tests of a module begin with, and where the outbox with their email is."""

    subscriber: int
    outbox: Path

    @classmethod
    def of(cls, subscriber: Subscriber) -> KeptReader:
        return cls(subscriber.pk, settings.OUTBOX_DIR)

    def with_outbox(self) -> Subscriber:
        """Them, with the outbox as the one of this test."""
        shutil.copytree(self.outbox, settings.OUTBOX_DIR)
        return Subscriber.objects.get(pk=self.subscriber)
