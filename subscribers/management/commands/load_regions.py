"""Put the regions that come with the service into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from subscribers.services.loading_regions import load_regions


class Command(BaseCommand):
    help = "Loads the regions of the world that come with the service. Safe to run again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"The regions are in place: {load_regions()} of them.")
