"""`manage.py reader export|erase ADDRESS`: what a reader may ask for, where there is no desk."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from subscribers.addresses import normalise
from subscribers.errors import AskForAnotherAddress, TryAgainSoon
from subscribers.models import Subscriber
from subscribers.services.erasing import erase, erase_address
from subscribers.services.exporting import Export, export, export_address
from subscribers.services.personal_data import Person, is_known


class Command(BaseCommand):
    help = (
        "Exports everything that is held about a reader, or erases it for good. The exit code is "
        "1 if that cannot be done, and the reason is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        exporting = actions.add_parser("export", help="as JSON, or as a page to read")
        exporting.add_argument("address")
        exporting.add_argument("--html", action="store_true", help="a page to read")
        exporting.add_argument("--to", type=Path, help="a file, made for its owner alone")
        erasing = actions.add_parser("erase", help="in every table and file, for good")
        erasing.add_argument("address")
        erasing.add_argument(
            "--never-mail",
            action="store_true",
            help="never mail this address again: only a keyed hash of it is kept",
        )
        erasing.add_argument("--yes", action="store_true", help="do not ask first")

    def handle(self, *_args: Any, action: str, address: str, **options: Any) -> None:
        found = _find(address)
        if action == "export":
            self._export(found, options["to"], html=options["html"])
        else:
            self._erase(found, never_mail=options["never_mail"], asked=options["yes"])

    def _export(self, found: Subscriber | str, to: Path | None, *, html: bool) -> None:
        if to is not None:
            _make(to)
        made = _exported(found)
        text = made.as_html() if html else made.as_json()
        if to is None:
            self.stdout.write(text)
        else:
            to.write_text(text)

    def _erase(self, found: Subscriber | str, *, never_mail: bool, asked: bool) -> None:
        who = "this address" if isinstance(found, str) else f"reader {found.pk}"
        if not asked and not self._confirmed(who):
            raise CommandError("Nothing was erased.")
        by = getpass.getuser()
        try:
            if isinstance(found, str):
                erase_address(found, by=by, never_mail_again=never_mail)
            else:
                erase(found, by=by, never_mail_again=never_mail)
        except TryAgainSoon as error:
            raise CommandError(f"Nothing was erased. {error}") from error
        self.stdout.write(f"{who[0].upper()}{who[1:]} is erased.")

    def _confirmed(self, who: str) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was erased: add --yes where nobody can be asked.")
        question = f"Erase everything about {who}, for good? [y/N] "
        return input(question).strip().lower() == "y"


def _make(file: Path) -> None:
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise CommandError(f"{file} is there already. Choose another name.") from None


def _exported(found: Subscriber | str) -> Export:
    by = getpass.getuser()
    return export_address(found, by=by) if isinstance(found, str) else export(found, by=by)


def _find(address: str) -> Subscriber | str:
    """The subscriber with `address`, or the address if something is held about it alone."""
    try:
        normalised = normalise(address)
    except AskForAnotherAddress as error:
        raise CommandError(str(error)) from error
    found = Subscriber.objects.filter(mailbox=normalised.lower()).first()
    if found is None and not is_known(Person.by_address(normalised)):
        raise CommandError("Nothing is held about this address.")
    return found or normalised
