"""`manage.py mailing list|pause|resume|… [ID]`: mailings, where there is no desk at hand."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.ledger.recounting import recount_readers
from newsletter.ledger.tallying import differences, tally
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import Mailing
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.queries import counts_of
from newsletter.sending import deadlines
from newsletter.tasks import drain
from subscribers.bell import ring
from subscribers.time_zones import place_of

ACTIONS: Mapping[str, Callable[..., object]] = {
    "pause": scheduling.pause,
    "resume": scheduling.resume,
    "after-all": deadlines.send_after_all,
    "leave-out": deadlines.leave_out,
    "cancel": scheduling.cancel,
}


class Command(BaseCommand):
    help = (
        "Lists the mailings that are on their way, with their ids, or pauses, resumes or cancels "
        "one of them, or says what becomes of the emails that were not sent when its time ran "
        "out, or checks the counts that are kept. The exit code is 1 if that cannot be done, or "
        "counts are wrong, and the reason is said."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="those on their way, by the time they are due")
        listing.add_argument("--all", action="store_true", help="those that are over, too")
        for action, does in (
            ("pause", "let nothing more leave until it is resumed"),
            ("resume", "go on with a paused one"),
            ("after-all", "send what was not sent when its time ran out"),
            ("leave-out", "do not send it, for good, and let the mailing finish"),
            ("cancel", "send nothing more, for good"),
        ):
            actions.add_parser(action, help=does).add_argument("id", type=int)
        check = actions.add_parser("check", help="count all deliveries, against what is kept")
        check.add_argument("--mend", action="store_true", help="keep what was counted")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        if action == "list":
            self._list(everything=options["all"])
        elif action == "check":
            self._check(mend=options["mend"])
        else:
            self._act(action, options["id"])

    def _list(self, *, everything: bool) -> None:
        mailings = Mailing.objects.select_related("issue__publication").order_by("scheduled_at")
        found = mailings if everything else mailings.filter(state__in=ON_ITS_WAY)
        for mailing in found:
            self.stdout.write(_line(mailing))
        if not found:
            self.stdout.write("No mailing is on its way.")

    def _check(self, *, mend: bool) -> None:
        wrong = 0
        counted = Mailing.objects.filter(frozen_at__isnull=False, tallied_at=None).order_by("pk")
        for mailing in counted.select_related("issue"):
            found = differences(mailing)
            for one in found:
                self.stdout.write(f"{mailing.pk:>6}  {one.number:+d} {one.state} {one.reason}")
            if mend:
                tally(mailing)
                recount_readers(mailing)
            wrong += bool(found)
        if wrong and not mend:
            raise CommandError(f"The counts of {wrong} mailings are wrong. --mend mends them.")
        self.stdout.write("The counts were mended." if wrong else "The counts are right.")

    def _act(self, action: str, pk: int) -> None:
        mailing = Mailing.objects.select_related("issue__publication").filter(pk=pk).first()
        if mailing is None:
            raise CommandError(f"There is no mailing {pk}. `manage.py mailing list` lists them.")
        try:
            ACTIONS[action](mailing, by=getpass.getuser())
        except LookAgain as error:
            raise CommandError(f"Not done. {error}{_way_out(mailing)}") from error
        transaction.on_commit(lambda: ring(drain))
        self.stdout.write(_line(mailing))


def _way_out(mailing: Mailing) -> str:
    """The commands to choose from, where time ran out."""
    if not deadlines.unsent_of(mailing):
        return ""
    return "".join(f"\n  manage.py mailing {do} {mailing.pk}" for do in ("after-all", "leave-out"))


def _line(mailing: Mailing) -> str:
    zone = mailing.issue.publication.zone
    place = place_of(zone.key)
    when = timezone.localtime(mailing.scheduled_at, zone)
    parts = [f"{mailing.pk:>6}", f"{mailing.state:<9}", f"{when:%Y-%m-%d %H:%M} {place}"]
    if mailing.frozen_at is not None:
        counts = counts_of(mailing)
        owed = counts.planned + counts.left_to_freeze
        parts.append(f"{counts.planned - counts.pending} of {owed}")
    return "  ".join([*parts, mailing.title, trouble_in_words(mailing)]).rstrip()
