"""A mailing under way: what can be seen of it, and done to it."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Collection
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from bench.audience import fill, make_issue, make_publication
from newsletter.editorial import scheduling
from newsletter.editorial.checking import check_here
from newsletter.editorial.drafts import draft_of
from newsletter.errors import LookAgain
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import (
    Batch,
    BatchState,
    DeliveryState,
    Issue,
    Lane,
    Mailing,
    MailingState,
    UnknownPolicy,
)
from newsletter.models.clock import Now
from newsletter.sending.resending import EVIDENCE_WINDOW, resend_unknown
from subscribers.models import Publication, Subscription, SuppressionReason
from subscribers.services import suppressing, unsubscribing
from subscribers.services.consenting import Shown
from tests.faults import choices
from tests.faults.crew import Crew
from tests.faults.daemons import Daemon
from tests.faults.reckoning import Truth

#: How often the mailing is looked at, in seconds.
EVERY = 0.2
#: How long after its lease a batch may still wait to be taken up.
LATE = timedelta(seconds=60)


class Stuck(Exception):
    """Nothing moves, long after everything that was lost should have been taken up again."""


class Scene:
    """One mailing to `n` readers. Whatever happens by chance is drawn from `random`."""

    def __init__(self, n: int, seed: int, crew: Crew, truth: Truth, afterwards: ExitStack) -> None:
        self.n = n
        self.random = random.Random(seed)  # noqa: S311 - chance, not secrets
        self.crew = crew
        self.truth = truth
        self._afterwards = afterwards
        self.lease = float(settings.LEASE_SECONDS)
        #: How often something was killed, frozen, or otherwise done to the mailing.
        self.strikes = 0
        #: What the drill did not find as it should be.
        self.complaints: list[str] = []
        #: Whom this drill has mailed apart from the mailing.
        self.others: set[str] = set()
        self.unknown: set[int] = set()
        self.seconds = 0.0
        self.mailing: Mailing
        self.publication: Publication
        self._seen: object = None
        self._moved_at = time.monotonic()
        self._stuck: set[int] = set()

    def begin(self, *, clicks: int = 1, resends: bool = False, own_choices: bool = False) -> None:
        """Fill the site with readers and send them an issue; by `clicks` people at once.

        With `resends`, what is unknown is resent; with `own_choices`, hardly two readers chose
        the same regions.
        """
        issue = self._on_all_choices() if own_choices else self._on_six_regions()
        check_here(draft_of(issue))
        policy = UnknownPolicy.RESEND_ONCE if resends else UnknownPolicy.LEAVE
        together = threading.Barrier(clicks)
        refused: list[LookAgain] = []

        def click() -> None:
            together.wait()
            try:
                scheduling.schedule(issue, at=None, by=None, unknown_policy=policy)
            except LookAgain as error:
                refused.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=click) for _ in range(clicks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.expect(len(refused) == clicks - 1, f"{clicks - len(refused)} clicks went through")
        self.mailing = Mailing.objects.get()
        self._begun = self._moved_at = time.monotonic()

    def _on_six_regions(self) -> Issue:
        self.publication = make_publication()
        fill(self.publication, self.n)
        return make_issue(self.publication)

    def _on_all_choices(self) -> Issue:
        self.publication = choices.publication_of(self.n, self.random)
        return choices.issue_of(self.publication)

    def goes_on(self, seconds: float) -> bool:
        """Let `seconds` pass; False at once when the mailing is over.

        Raises:
            Stuck: nothing has moved for the lease and another minute.
        """
        until = time.monotonic() + seconds
        while True:
            self.crew.tend()
            if self._is_over():
                self.seconds = time.monotonic() - self._begun
                return False
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, EVERY))

    def until_mail_flows(self) -> None:
        """Wait for the first mail to be received."""
        while not len(self.truth) and self.goes_on(0.1):
            pass

    def share(self, most: int) -> int:
        """`most` for 20,000 readers, and as much less as there are less readers."""
        return max(2, min(most, round(most * self.n / 20_000)))

    def expect(self, held: bool, complaint: str) -> None:
        if not held:
            self.complaints.append(complaint)

    def strike(self, pid: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            self.strikes += 1

    def keep(self, daemon: Daemon) -> Daemon:
        """Have `daemon` ended when all is over, if it was started again."""
        self._afterwards.callback(daemon.stop)
        return daemon

    def hasten(self) -> None:
        """Let pass what would have to be waited for, by moving what is due in a while."""
        now = timezone.now()
        waiting = Batch.objects.filter(state=BatchState.PENDING, due_at__gt=now)
        waiting.update(due_at=now)
        Lane.objects.filter(closed_until__gt=now).update(closed_until=now)
        unknown = self.mailing.deliveries.filter(state=DeliveryState.UNKNOWN)
        unknown.update(settled_at=now - EVIDENCE_WINDOW)

    # What people do.

    def pause(self) -> bool:
        return self._click(scheduling.pause)

    def resume(self) -> bool:
        return self._click(scheduling.resume)

    def cancel(self) -> bool:
        return self._click(scheduling.cancel)

    def _click(self, service) -> bool:  # type: ignore[no-untyped-def]
        try:
            service(self.mailing)
        except LookAgain:
            return False
        return True

    def paused_by_itself(self) -> str:
        """Why the mailing waits for a person; empty if it does not."""
        self.mailing.refresh_from_db()
        return trouble_in_words(self.mailing) if self.mailing.state == MailingState.PAUSED else ""

    def withdraw_one(self) -> str | None:
        """Let a reader who is still owed an email leave, or be suppressed; their mailbox."""
        planned = self.mailing.deliveries.filter(state=DeliveryState.PLANNED)
        known = planned.filter(subscription__status="active").order_by("?")[:20]
        chosen = list(known.values_list("mailbox", "subscription"))
        if not chosen:
            return None
        mailbox, subscription = self.random.choice(chosen)
        if self.random.random() < 0.5:
            suppressing.suppress(mailbox, reason=SuppressionReason.BOUNCED)
        else:
            shown = Shown(wording="Leave", language="en", page="unsubscribe")
            unsubscribing.end(Subscription.objects.get(pk=subscription), shown=shown)
        return str(mailbox)

    def resend(self) -> int:
        """Send once more what is unknown; how many."""
        try:
            return resend_unknown(self.mailing)
        except LookAgain:
            return 0

    # What the database says.

    def held_by(self, pids: Collection[int]) -> bool:
        """Whether processes of this machine have batches in their name."""
        return self._held().filter(worker__pid__in=pids).exists()

    def frozen_by(self) -> int | None:
        """The process that is working out who gets what; None if nobody is known to be at it."""
        begun = Q(state=MailingState.FREEZING) | Q(left_to_freeze__gt=0)
        at_it = Mailing.objects.filter(begun, pk=self.mailing.pk, lease_until__gt=Now())
        pid: int | None = at_it.values_list("worker__pid", flat=True).first()
        return pid

    def in_hand(self, pids: Collection[int]) -> int:
        """How many emails processes of this machine may be sending."""
        handed = self._held().filter(state=BatchState.HANDED, worker__pid__in=pids)
        return self.mailing.deliveries.filter(batch__in=handed).count()

    def held_for(self, seconds: float) -> bool:
        """Whether a batch is claimed, and nothing more, for longer than that."""
        old = Now() + timedelta(seconds=self.lease - seconds)
        return self._held().filter(state=BatchState.CLAIMED, lease_until__lt=old).exists()

    def left_unknown(self) -> bool:
        return self.mailing.deliveries.filter(state=DeliveryState.UNKNOWN).exists()

    def _held(self) -> QuerySet[Batch]:
        return self.mailing.batches.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED))

    def clock(self) -> datetime:
        """The database's time, after all that this process has committed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
        return moment

    def handed_between(self, start: datetime, end: datetime) -> int:
        """How many batches were let out onto the wire between two moments."""
        return self.mailing.batches.filter(handed_at__gt=start, handed_at__lt=end).count()

    def handed_at(self, mailbox: str) -> datetime | None:
        """When the batch with the mail to `mailbox` was last let out."""
        batch = self.mailing.deliveries.values_list("batch__handed_at", flat=True)
        return batch.get(mailbox=mailbox)

    def _is_over(self) -> bool:
        try:
            self.mailing.refresh_from_db()
            seen = self._state_of_things()
        except (DatabaseError, InterfaceError):
            connection.close()
            seen = self._seen
        if seen != self._seen:
            self._seen, self._moved_at = seen, time.monotonic()
        elif time.monotonic() > self._moved_at + self.lease + 60:
            raise Stuck(f"{self.mailing.state}, {trouble_in_words(self.mailing)!r}, {seen}")
        return self._is_settled()

    def _is_settled(self) -> bool:
        # A finished mailing may owe something again, and is reopened then.
        open_batches = self.mailing.batches.exclude(state=BatchState.SETTLED)
        over = self.mailing.state in (MailingState.FINISHED, MailingState.CANCELLED)
        return over and not self.mailing.left_to_freeze and not open_batches.exists()

    def _state_of_things(self) -> object:
        self._look_for_stuck_batches()
        of_deliveries = self.mailing.deliveries.order_by().values_list("state")
        of_batches = self.mailing.batches.order_by().values_list("state")
        unknown = self.mailing.deliveries.filter(state=DeliveryState.UNKNOWN)
        self.unknown.update(unknown.values_list("pk", flat=True))
        return (
            self.mailing.state,
            self.mailing.left_to_freeze,
            dict(of_deliveries.annotate(number=Count("pk"))),
            dict(of_batches.annotate(number=Count("pk"))),
        )

    def _look_for_stuck_batches(self) -> None:
        """Complain of every batch that nobody takes up long after its lease has ended."""
        late = set(self._held().filter(lease_until__lt=Now() - LATE).values_list("pk", flat=True))
        for batch in late - self._stuck:
            self.expect(False, f"batch {batch} is stuck: its lease ended {LATE} ago")
        self._stuck |= late
