"""`manage.py kill on|off`: stops all mail at once, or lets it go on."""

from __future__ import annotations

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from newsletter.models import Mailing
from newsletter.sending.deadlines import (
    late_mailings,
    send_after_all,
    time_ran_out,
    unsent_of,
)
from subscribers.services import clone_guard, kill_switch


class Command(BaseCommand):
    help = "Turns the kill switch: while it is on, nothing leaves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("turn", choices=("on", "off", "show"))
        parser.add_argument("--why", default="")
        parser.add_argument(
            "--after-all",
            action="store_true",
            help="with off: send what was not sent when the time of its mailing ran out, too",
        )

    def handle(self, *_args: Any, turn: str, why: str, after_all: bool, **_options: Any) -> None:
        by = getpass.getuser()
        if turn == "on":
            kill_switch.turn_on(by=by, why=why)
        elif turn == "off":
            clone_guard.send_from_here(by=by, why=why)
            for mailing in late_mailings():
                self._say(mailing, sent=send_after_all(mailing, by=by) if after_all else 0)
        self.stdout.write(f"The kill switch is {kill_switch.switch()}.")

    def _say(self, mailing: Mailing, *, sent: int) -> None:
        """What becomes of a mailing whose time ran out."""
        if sent:
            self.stdout.write(f"{mailing.issue.title}: {sent} emails are sent after all.")
            return
        self.stdout.write(f"{mailing.issue.title}: {time_ran_out(unsent_of(mailing))}")
        for action in ("after-all", "leave-out"):
            self.stdout.write(f"  manage.py mailing {action} {mailing.pk}")
