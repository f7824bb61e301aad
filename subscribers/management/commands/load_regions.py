"""Put regions into the database: those that come with the service, or those of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from subscribers.errors import RegionsRefused
from subscribers.models import Region, RegionOrigin
from subscribers.services.loading_regions import load_regions


class Command(BaseCommand):
    help = "Loads the regions of the world that come with the service. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="*",
            type=Path,
            help="regions of your own instead, one a line in JSON, as in subscribers/data",
        )

    def handle(self, *_args: Any, file: list[Path], **_options: Any) -> None:
        try:
            number = load_regions(file, RegionOrigin.STAFF) if file else load_regions()
        except RegionsRefused as refused:
            raise CommandError(str(refused)) from refused
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        self.stdout.write(f"The regions are in place: {number} of them.")
        if mended := Region.objects.exclude(mended=[]).count():
            self.stdout.write(f"What staff changed in {mended} of them stays as they left it.")
