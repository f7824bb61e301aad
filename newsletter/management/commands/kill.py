"""`manage.py kill on|off`: stops all mail at once, or lets it go on."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from subscribers.services import killing


class Command(BaseCommand):
    help = "Turns the kill switch: while it is on, nothing leaves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("turn", choices=("on", "off", "show"))
        parser.add_argument("--why", default="")

    def handle(self, *_args: Any, turn: str, why: str, **_options: Any) -> None:
        by = getpass.getuser()
        if turn == "on":
            killing.kill(by=by, why=why)
        elif turn == "off":
            killing.revive(by=by, why=why)
        self.stdout.write(f"The kill switch is {killing.switch()}.")
