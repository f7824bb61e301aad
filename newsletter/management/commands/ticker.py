"""`manage.py ticker`: rings for the workers, once a second, until it is stopped."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from newsletter.tasks import keep_ringing


class Command(BaseCommand):
    help = "Looks every second whether mail is owed and rings for the workers."

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        keep_ringing(stop)
