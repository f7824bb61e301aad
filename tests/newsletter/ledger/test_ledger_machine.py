"""The ledger in the hands of chance: whatever happens in whatever order, mail stays exact.

More examples than usual: LEDGER_EXAMPLES=5000.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from newsletter.audience import pieces
from newsletter.audience.freezing import Freezer
from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.ledger.heartbeats import Heart
from newsletter.ledger.tallying import differences
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Issue,
    Mailing,
    MailingState,
    UnknownPolicy,
)
from newsletter.sending.recovering import finish_drained, recover
from newsletter.sending.resending import resend_unknown
from newsletter.worker import drain
from subscribers.models import InterestSet, Publication, Subscription, SuppressionReason
from subscribers.services import clone_guard, kill_switch, unsubscribing
from subscribers.services.consenting import Shown
from subscribers.services.suppressing import suppress as suppress_mailbox
from tests.factories import make_region, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.ledger.ledger_world import FATES, Service, Worker, World
from tests.newsletter.workers import claim

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "25"))
MOST_WORKERS = 3
READERS = 8
SOME_FATES = st.lists(st.sampled_from(FATES), min_size=2, max_size=2)
SELDOM = st.sampled_from([False, False, False, True])

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="it moves moments in SQL"),
]

#: States of a delivery that has certainly not left.
AT_HOME = (
    DeliveryState.EXCLUDED,
    DeliveryState.PLANNED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
)
#: States in which nothing more is to be expected of a mailing by itself.
OVER = (MailingState.FINISHED, MailingState.CANCELLED, MailingState.OVERDUE)


class Line(NamedTuple):
    """A delivery as far as it matters here."""

    pk: int
    mailing: int
    subscriber: int
    state: str
    resends: int
    batch_state: str
    first_handed_at: datetime | None

    @classmethod
    def all(cls) -> Iterator[Line]:
        names = ("pk", "mailing", "subscriber", "state", "resends")
        rows = Delivery.objects.values_list(*names, "batch__state", "batch__first_handed_at")
        return itertools.starmap(cls, rows)

    @property
    def is_certainly_here(self) -> bool:
        """It has not left, and not in an earlier try either."""
        may_have_left = (
            self.resends or self.first_handed_at or self.batch_state == BatchState.HANDED
        )
        return self.state in AT_HOME and not may_have_left


class Ledger(RuleBasedStateMachine):
    issue: Issue

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.world = World()
        self.workers: list[Worker] = []
        self.freezer = _a_freezer()
        for journal in Path(settings.JOURNAL_DIR).glob("*"):
            journal.unlink()

    @initialize(has_keys=st.booleans(), policy=st.sampled_from(UnknownPolicy))
    def begin(self, has_keys: bool, policy: UnknownPolicy) -> None:
        settings.MAIL_TRANSPORT = "brevo" if has_keys else "smtp"
        self.world.has_keys = has_keys
        scheduling.schedule(self.issue, at=None, by=None, unknown_policy=policy)
        self.freezer.go_on()

    # Workers, in single steps and all of them at once.

    @precondition(lambda self: len(self.workers) < MOST_WORKERS)
    @rule()
    def claim(self) -> None:
        self.world.hasten()
        if batch := claim():
            self.workers.append(Worker(self.world, batch))

    @rule(number=st.integers(1, 3))
    def freeze(self, number: int) -> None:
        for _piece in range(number):
            self.freezer.go_on()

    @rule(in_order=st.booleans())
    def leave_the_freeze_to_another(self, in_order: bool) -> None:
        if in_order:
            self.freezer.let_go()
        self.freezer = _a_freezer()

    @precondition(lambda self: any(not worker.has_intent for worker in self.workers))
    @rule()
    def commit_intent(self) -> None:
        worker = next(worker for worker in self.workers if not worker.has_intent)
        if not worker.commit_intent():
            self.workers.remove(worker)
            return
        assert Mailing.objects.get(pk=worker.batch.mailing_id).state == MailingState.SENDING

    @precondition(lambda self: any(worker.has_intent for worker in self.workers))
    @rule(fates=SOME_FATES, dies_in_the_end=SELDOM)
    def hand_over(self, fates: list[str], dies_in_the_end: bool) -> None:
        worker = next(worker for worker in self.workers if worker.has_intent)
        self.workers.remove(worker)
        worker.hand_over(fates, dies_in_the_end=dies_in_the_end)

    @rule(turns=st.lists(st.tuples(SOME_FATES, SELDOM), min_size=1, max_size=4))
    def deliver(self, turns: list[tuple[list[str], bool]]) -> None:
        self.go_on()
        for fates, dies_in_the_end in turns:
            self.world.hasten()
            if batch := claim():
                worker = Worker(self.world, batch)
                if worker.commit_intent():
                    worker.hand_over(fates, dies_in_the_end=dies_in_the_end)

    @precondition(lambda self: self.workers)
    @rule(number=st.integers(0, MOST_WORKERS))
    def die(self, number: int) -> None:
        self.workers.pop(number % len(self.workers)).die()

    @rule(minutes=st.sampled_from([0, 0.2, 1, 6, 11, 31]))
    def wait_and_take_up_what_is_left(self, minutes: float) -> None:
        self.world.let_pass(timedelta(minutes=minutes))
        recover()
        finish_drained()
        now = timezone.now() - timedelta(seconds=1)
        left = Batch.objects.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED))
        assert not left.filter(lease_until__lt=now).exists()

    # People.

    @rule(policy=st.sampled_from(UnknownPolicy))
    def send(self, policy: UnknownPolicy) -> None:
        with suppress(LookAgain):
            scheduling.schedule(
                self.issue, at=None, by=None, unknown_policy=policy, even_to_nobody=True
            )
        self.freezer.go_on()

    @rule(killed=st.booleans())
    def stop_for_a_moment(self, killed: bool) -> None:
        """A batch without an intent gets none meanwhile."""
        if killed:
            kill_switch.turn_on(by="chance", why="")
        else:
            with suppress(LookAgain):
                scheduling.pause(self._last())
        for worker in [worker for worker in self.workers if not worker.has_intent]:
            mailing = Mailing.objects.get(pk=worker.batch.mailing_id)
            if killed or mailing.state == MailingState.PAUSED:
                assert not worker.commit_intent()
                self.workers.remove(worker)
        assert not (killed and claim())
        clone_guard.send_from_here(by="chance")
        self.go_on()

    @rule()
    def go_on(self) -> None:
        with suppress(LookAgain):
            scheduling.resume(self._last())

    @rule(sure=st.integers(0, 9))
    def cancel(self, sure: int) -> None:
        with suppress(LookAgain):
            if sure == 5:
                scheduling.cancel(self._last())

    @rule(back=st.integers(0, 1))
    def send_unknown_again(self, back: int) -> None:
        with suppress(LookAgain):
            resend_unknown(list(Mailing.objects.order_by("-pk")[:2])[-back])

    @rule(number=st.integers(0, READERS - 1), how=st.sampled_from(["suppress", "leave", "choose"]))
    def change(self, number: int, how: str) -> None:
        reader = Subscription.objects.select_related("subscriber").order_by("pk")[number]
        if how == "suppress":
            suppress_mailbox(reader.subscriber.mailbox, reason=SuppressionReason.BOUNCED)
        elif how == "leave":
            unsubscribing.end(reader, shown=Shown(wording="Leave", language="en", page="x"))
        else:
            other = "ML-4" if reader.interest_set.regions.filter(code="ML-1").exists() else "ML-1"
            reader.interest_set = InterestSet.objects.of([make_region(other)])
            reader.save(update_fields=["interest_set"])

    # What has to hold after every step.

    @invariant()
    def mail_is_exact(self) -> None:
        """One look at everything, for speed."""
        copies: Counter[int] = Counter()
        sizes: Counter[int] = Counter()
        for line in Line.all():
            taken = self.world.taken[line.pk]
            sizes[line.mailing] += 1
            copies[line.subscriber] += taken - line.resends
            if line.state == DeliveryState.ACCEPTED:
                assert taken >= 1, f"accepted, and never taken: {line}"
            if line.is_certainly_here:
                assert taken == 0, f"taken, and said to be here: {line}"
            if line.state == DeliveryState.PLANNED:
                assert line.batch_state != BatchState.SETTLED, f"nobody will come: {line}"
        assert max(copies.values(), default=0) <= 1, "somebody got it twice, and nobody chose so"
        frozen = Mailing.objects.exclude(frozen_at=None)
        written = {one.pk: (one.audience_size or 0) - one.left_to_freeze for one in frozen}
        assert Counter(written) == sizes, "counts do not balance"
        assert not any(map(differences, frozen)), "kept counts are wrong"

    def teardown(self) -> None:
        try:
            if Mailing.objects.exists():
                self._carry_through()
        finally:
            for worker in self.workers:
                worker.die()
            self._undo.__exit__(ZeroDivisionError, ZeroDivisionError(), None)

    def _carry_through(self) -> None:
        """Once nothing goes wrong any more, everybody has their email, or it is said why not."""
        while self.workers:
            self.workers.pop().die()
        clone_guard.send_from_here(by="the end")
        for _turn in range(12):
            with suppress(LookAgain):
                scheduling.resume(self._last())
            self.world.let_pass(timedelta(minutes=16))
            drain(Service(self.world))
            if self._all_is_over():
                break
        assert self._all_is_over()
        assert not Delivery.objects.filter(state=DeliveryState.PLANNED).exists()
        self.mail_is_exact()

    def _all_is_over(self) -> bool:
        open_batches = Batch.objects.exclude(state=BatchState.SETTLED)
        open_mailings = Mailing.objects.exclude(state__in=OVER, left_to_freeze=0)
        return not open_batches.exists() and not open_mailings.exists()

    def _last(self) -> Mailing:
        return Mailing.objects.latest("pk")


def _a_freezer() -> Freezer:
    return Freezer(Heart(), Service.batch_size)


def test_mail_stays_exact_whatever_happens(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "FIRST_READERS", 2)
    monkeypatch.setattr(pieces, "MOST_READERS", 3)
    for number in range(READERS):
        code = "ML-1" if number % 2 else "ML-4"
        make_subscription(publication=publication, regions=[code], address=f"r{number}@a.example")
    Ledger.issue = make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))

    run_state_machine_as_test(
        Ledger,
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
