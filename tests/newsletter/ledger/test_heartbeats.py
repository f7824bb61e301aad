"""Workers that fall silent: those that are dead, and those that were only slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import timedelta

import pytest

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.ledger.heartbeats import DEAD_AFTER, KEPT, LIFE, Heart
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
    Worker,
)
from newsletter.models.clock import Now
from newsletter.sending.delivering import commit_intent, deliver_next
from newsletter.sending.journals import Journal, own_journal
from newsletter.sending.recovering import recover
from newsletter.sending.resending import resend_unknown
from newsletter.transports.base import AboutToSend, Outcome, OutgoingBatch, Result, Until
from newsletter.worker import drain
from tests.newsletter.factories import frozen_to, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import a_steady_worker, claim, let_beats_age

pytestmark = pytest.mark.django_db

READERS = ["r0@a.example", "r1@a.example", "r2@a.example"]


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to(*READERS).pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    """One batch of three, due now."""
    return Mailing.objects.get(pk=kept_mailing)


def states() -> list[str]:
    return list(Delivery.objects.order_by("mailbox").values_list("state", flat=True))


def others_go_on() -> None:
    """Long enough for a silent worker to count as dead; somebody has been heard of meanwhile."""
    let_beats_age()
    a_steady_worker()


class StandsStill(FakeTransport):
    """Carries one copy, then stands still while `meanwhile` happens."""

    def __init__(self, heart: Heart, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._heart = heart
        self._meanwhile = meanwhile
        self.carried: list[str] = []

    def hand_over(self, outgoing: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        life = self._heart.life()
        for copy in outgoing.copies:
            if time.monotonic() >= until():
                return
            yield AboutToSend((copy.delivery_id,))
            self.carried.append(copy.address)
            if len(self.carried) == 1:
                life.ends_at = time.monotonic()
                self._meanwhile()
            yield Result(copy.delivery_id, Outcome.ACCEPTED)


# What the dead leave behind.


def test_a_batch_that_a_dead_worker_had_only_claimed_is_sent_by_another(mailing: Mailing) -> None:
    claim()
    others_go_on()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == READERS


def test_what_a_dead_worker_may_have_sent_is_shown_as_unknown(mailing: Mailing) -> None:
    batch = claim()
    assert batch
    assert commit_intent(batch)
    others_go_on()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert states() == [DeliveryState.UNKNOWN] * 3
    assert set(Delivery.objects.values_list("reason", flat=True)) == {Reason.WORKER_LOST}


def test_a_freeze_whose_worker_died_is_started_again(mailing: Mailing) -> None:
    issue = make_issue(mailing.issue.publication, ("Letter", []))
    scheduled = scheduling.schedule(issue, at=None, by=None)
    dead = Heart().life()
    Mailing.objects.filter(pk=scheduled.pk).update(
        state=MailingState.FREEZING,
        worker=dead.worker_id,
        lease_until=Now() + timedelta(minutes=9),
    )
    others_go_on()

    assert freeze_due(50) == 1


def test_nothing_is_taken_from_a_worker_that_was_heard_of(mailing: Mailing) -> None:
    claim()
    let_beats_age(DEAD_AFTER - timedelta(seconds=5))
    a_steady_worker()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []


def test_where_all_are_silent_it_was_the_database_and_nobody_is_dead(mailing: Mailing) -> None:
    claim()
    a_steady_worker()
    let_beats_age()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Batch.objects.get().state == BatchState.CLAIMED


def test_a_worker_that_has_just_begun_buries_nobody(mailing: Mailing) -> None:
    claim()
    let_beats_age()
    Heart().beat()

    recover()

    assert Batch.objects.get().state == BatchState.CLAIMED


def test_between_claim_and_journal_a_death_costs_no_wait(mailing: Mailing) -> None:
    class Killed(BaseException):
        """Stands for the end of a process: nothing of ours handles it."""

    class DiesOfIt(Journal):
        def begin(self, batch_id: int) -> None:
            raise Killed

    with suppress(Killed), own_journal() as journal:
        dying = DiesOfIt(journal._file)
        deliver_next(FakeTransport(), dying, Heart())
    assert Batch.objects.get().state == BatchState.CLAIMED
    transport = FakeTransport()

    drain(transport)

    assert len(transport.addresses) == 3


# Those that were only slow.


def test_a_worker_that_wakes_with_a_claim_hands_nothing_over(mailing: Mailing) -> None:
    batch = claim()
    others_go_on()
    recover()

    assert batch
    assert not commit_intent(batch)


def test_a_worker_that_wakes_in_a_hand_over_begins_nothing_and_nobody_is_mailed_twice(
    mailing: Mailing,
) -> None:
    def meanwhile() -> None:
        others_go_on()
        drain(others)

    heart, others = Heart(), FakeTransport()
    slow = StandsStill(heart, meanwhile)
    with own_journal() as journal:
        deliver_next(slow, journal, heart)
    drain(others)

    assert len(slow.carried) == 1
    assert sorted(slow.carried + others.addresses) == READERS
    assert states() == [DeliveryState.ACCEPTED] * 3


def test_what_a_person_sent_again_meanwhile_is_not_begun_by_the_one_that_wakes(
    mailing: Mailing,
) -> None:
    def meanwhile() -> None:
        others_go_on()
        recover()
        resend_unknown(mailing)
        drain(others)

    heart, others = Heart(), FakeTransport()
    slow = StandsStill(heart, meanwhile)
    with own_journal() as journal:
        deliver_next(slow, journal, heart)
    drain(others)

    assert len(slow.carried) == 1
    assert others.addresses == READERS


def test_another_mailing_of_the_issue_waits_for_a_worker_that_may_only_be_slow(
    mailing: Mailing,
) -> None:
    def meanwhile() -> None:
        others_go_on()
        scheduling.cancel(mailing)
        recover()
        scheduling.schedule(mailing.issue, at=None, by=None, even_to_nobody=True)
        assert freeze_due(50) == 0

    heart, others = Heart(), FakeTransport()
    slow = StandsStill(heart, meanwhile)
    with own_journal() as journal:
        deliver_next(slow, journal, heart)
    drain(others)

    assert len(slow.carried) == 1
    assert sorted(slow.carried + others.addresses) == READERS


# The beats.


def test_a_process_that_was_silent_comes_back_as_another_and_its_old_life_is_over() -> None:
    heart = Heart()
    old = heart.life()
    let_beats_age(LIFE)

    new = heart.beat()

    assert new.worker_id != old.worker_id
    assert old.is_over
    assert not new.is_over


def test_a_process_that_beats_in_time_lives_on() -> None:
    heart = Heart()
    old = heart.life()
    let_beats_age(LIFE - timedelta(seconds=1))

    assert heart.beat() is old
    assert not old.is_over


def test_a_life_that_nobody_beat_for_ends_by_itself() -> None:
    life = Heart().life()
    life.ends_at -= LIFE.total_seconds()

    assert life.is_over


def test_the_dead_are_forgotten_after_a_while(db: None) -> None:
    Heart().life()
    let_beats_age(KEPT)
    living = Heart().life()

    recover()

    assert Worker.objects.get().pk == living.worker_id


def test_a_claim_says_whose_it_is(mailing: Mailing) -> None:
    heart = Heart()

    batch = claim(heart)

    assert batch
    assert Batch.objects.get().worker_id == heart.life().worker_id
