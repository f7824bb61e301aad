from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.ledger.heartbeats import Heart
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Lane,
    Mailing,
    MailingState,
    Reason,
    Trouble,
)
from newsletter.models.obstacles import Obstacle
from newsletter.queries import counts_of
from newsletter.sending import delivering
from newsletter.sending.delivering import commit_intent
from newsletter.sending.journals import own_journal
from newsletter.sending.recording import MAX_TRIES, record
from newsletter.sending.recovering import recover
from newsletter.transports.base import (
    AboutToSend,
    Outcome,
    OutgoingBatch,
    OutgoingMessage,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    Until,
)
from newsletter.worker import drain
from subscribers.channels import MAIN
from subscribers.models import InterestSet, Publication, Subscription, Suppression
from subscribers.services import clone_guard, kill_switch
from tests.factories import make_publication, make_region, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport, whole_edition
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        load_regions()
        publication = make_publication()
        make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
        issue = make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))
        mailing = scheduling.schedule(issue, at=None, by=None)
        freeze_due(50)
        return mailing.pk


@pytest.fixture
def mailing(kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


@pytest.fixture
def publication(mailing: Mailing) -> Publication:
    return mailing.issue.publication


@pytest.fixture
def reader(publication: Publication) -> Subscription:
    return publication.subscriptions.get()


def make_due() -> None:
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=a_moment_ago())


def end_leases() -> None:
    Batch.objects.exclude(lease_until=None).update(lease_until=a_moment_ago())


def wait_out_the_pause() -> None:
    Lane.objects.update(closed_until=a_moment_ago())
    make_due()


def a_moment_ago() -> datetime:
    return timezone.now() - timedelta(seconds=1)


def test_a_mailing_finishes_when_every_delivery_is_accepted(mailing: Mailing) -> None:
    transport = FakeTransport()

    drain(transport)

    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED
    assert transport.addresses == ["r@a.example"]
    assert counts_of(mailing).of(DeliveryState.ACCEPTED) == 1


def test_a_second_ring_sends_nothing_again(mailing: Mailing) -> None:
    transport = FakeTransport()

    drain(transport)
    drain(transport)

    assert transport.addresses == ["r@a.example"]


def test_a_claimed_batch_is_not_claimed_again(mailing: Mailing) -> None:
    assert claim() is not None
    assert claim() is None


def test_nothing_is_claimed_before_it_is_due(mailing: Mailing) -> None:
    Batch.objects.update(due_at=timezone.now() + timedelta(minutes=1))

    assert claim() is None


def test_a_reader_who_unsubscribed_after_the_freeze_is_skipped_with_a_reason(
    mailing: Mailing, reader: Subscription
) -> None:
    Subscription.objects.update(
        status="ended", ended_at=timezone.now(), ended_reason="unsubscribed"
    )
    transport = FakeTransport()

    drain(transport)

    delivery = Delivery.objects.get()
    assert transport.addresses == []
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.UNSUBSCRIBED)


def test_a_reader_who_paused_after_the_freeze_is_skipped_with_a_reason(
    mailing: Mailing, reader: Subscription
) -> None:
    Subscription.objects.update(paused_until=reader.publication.today + timedelta(days=1))
    transport = FakeTransport()

    drain(transport)

    delivery = Delivery.objects.get()
    assert transport.addresses == []
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.PAUSED)


def test_a_reader_who_was_suppressed_after_the_freeze_is_skipped_with_a_reason(
    mailing: Mailing, reader: Subscription
) -> None:
    Suppression.objects.create(mailbox=reader.subscriber.mailbox, reason="complained")
    transport = FakeTransport()

    drain(transport)

    delivery = Delivery.objects.get()
    assert transport.addresses == []
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.SUPPRESSED)


def test_a_reader_who_changed_regions_after_the_freeze_gets_the_parts_they_want_now(
    mailing: Mailing, reader: Subscription
) -> None:
    reader.interest_set = InterestSet.objects.of([make_region(code="ML-4")])
    reader.save()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == ["r@a.example"]
    (outgoing,) = [outgoing for outgoing in transport.batches if outgoing.copies]
    assert "Text of Segou" in whole_edition(outgoing).text
    assert "Text of Kayes" not in whole_edition(outgoing).text


def test_a_paused_mailing_hands_nothing_over_even_when_it_was_claimed(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    scheduling.pause(mailing)

    assert commit_intent(batch) is False

    batch.refresh_from_db()
    assert batch.state == BatchState.PENDING


def test_a_resumed_mailing_goes_on(mailing: Mailing) -> None:
    transport = FakeTransport()
    scheduling.pause(mailing)
    drain(transport)
    assert transport.addresses == []

    scheduling.resume(mailing)
    drain(transport)

    assert transport.addresses == ["r@a.example"]


def test_a_cancelled_mailing_says_so_of_every_delivery(mailing: Mailing) -> None:
    scheduling.cancel(mailing)

    drain(FakeTransport())

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (DeliveryState.SKIPPED, Reason.CANCELLED)
    assert Batch.objects.get().state == BatchState.SETTLED


def test_a_refused_address_is_rejected_with_the_service_s_words(mailing: Mailing) -> None:
    drain(FakeTransport(lambda copy: Outcome.REJECTED))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (DeliveryState.REJECTED, Reason.REFUSED)
    assert delivery.detail == "for r@a.example"


def test_what_no_database_stores_of_a_reply_is_left_out(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    assert commit_intent(batch)

    said = Result(Delivery.objects.get().pk, Outcome.ACCEPTED, "250 \x00o\ud800k")
    record(batch, [said])

    assert Delivery.objects.get().detail == "250 ok"


def test_a_deferred_delivery_waits_and_is_tried_again(mailing: Mailing) -> None:
    outcomes = iter([Outcome.DEFERRED, Outcome.ACCEPTED])
    transport = FakeTransport(lambda copy: next(outcomes))

    drain(transport)
    assert len(transport.addresses) == 1
    make_due()
    drain(transport)

    assert Delivery.objects.get().state == DeliveryState.ACCEPTED
    assert Delivery.objects.get().attempts == 2


def test_a_delivery_deferred_too_often_is_given_up_with_a_reason(mailing: Mailing) -> None:
    transport = FakeTransport(lambda copy: Outcome.DEFERRED)

    for _ in range(MAX_TRIES):
        drain(transport)
        make_due()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, Reason.TOO_MANY_TRIES)


def test_a_service_that_says_how_long_to_wait_uses_up_no_try(mailing: Mailing) -> None:
    class Busy(FakeTransport):
        def hand_over(
            self, outgoing: OutgoingBatch, *, until: Until
        ) -> Iterator[AboutToSend | Result]:
            for copy in outgoing.copies:
                yield AboutToSend((copy.delivery_id,))
                yield Result(copy.delivery_id, Outcome.DEFERRED, "slow down", retry_after=600)

    drain(Busy())

    assert Delivery.objects.get().attempts == 0
    due_at = Batch.objects.get(state=BatchState.PENDING).due_at
    assert 590 < (due_at - timezone.now()).total_seconds() <= 600


def test_an_ambiguous_answer_is_unknown_and_never_sent_again(mailing: Mailing) -> None:
    transport = FakeTransport(lambda copy: Outcome.UNKNOWN)

    drain(transport)
    make_due()
    drain(transport)

    assert len(transport.addresses) == 1
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED


def test_a_worker_lost_before_the_intent_leaves_the_batch_to_others(mailing: Mailing) -> None:
    claim()
    end_leases()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == ["r@a.example"]


def test_a_worker_lost_after_the_intent_leaves_an_unknown(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    assert commit_intent(batch)
    end_leases()
    transport = FakeTransport()

    drain(transport)

    delivery = Delivery.objects.get()
    assert transport.addresses == []
    assert (delivery.state, delivery.reason) == (DeliveryState.UNKNOWN, Reason.WORKER_LOST)


def test_a_result_that_comes_after_the_lease_still_settles_the_unknown(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    commit_intent(batch)

    class Slow(FakeTransport):
        def hand_over(
            self, outgoing: OutgoingBatch, *, until: Until
        ) -> Iterator[AboutToSend | Result]:
            end_leases()
            recover()
            assert Delivery.objects.get().state == DeliveryState.UNKNOWN
            yield from super().hand_over(outgoing, until=until)

    with own_journal() as journal:
        delivering.hand_over(batch, Slow(), journal, until=lambda: time.monotonic() + 60)

    assert Delivery.objects.get().state == DeliveryState.ACCEPTED


def test_what_a_worker_did_not_begin_before_its_lease_ended_is_sent_after_all(
    mailing: Mailing,
) -> None:
    batch = claim()
    assert batch is not None
    commit_intent(batch)

    class Frozen(FakeTransport):
        def hand_over(
            self, outgoing: OutgoingBatch, *, until: Until
        ) -> Iterator[AboutToSend | Result]:
            end_leases()
            recover()
            yield from ()

    with own_journal() as journal:
        delivering.hand_over(batch, Frozen(), journal, until=lambda: time.monotonic() + 60)
    drain(FakeTransport())

    assert Delivery.objects.get().state == DeliveryState.ACCEPTED


def test_a_worker_whose_lease_is_over_hands_nothing_over(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    end_leases()

    assert commit_intent(batch) is False


def test_a_service_that_cannot_be_reached_costs_no_try_and_is_tried_later(
    mailing: Mailing,
) -> None:
    def unreachable(copy: OutgoingMessage) -> Outcome:
        raise TransportUnavailable("nobody answers")

    drain(FakeTransport(unreachable))
    mailing.refresh_from_db()
    assert mailing.trouble == Trouble.UNAVAILABLE
    assert mailing.trouble_about == {"words": "nobody answers", "obstacle": ""}
    assert Delivery.objects.get().attempts == 0
    wait_out_the_pause()
    drain(FakeTransport())

    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED
    assert mailing.trouble == ""


def test_settings_that_cannot_work_pause_the_mailing_and_say_why(mailing: Mailing) -> None:
    def no_password(copy: OutgoingMessage) -> Outcome:
        raise TransportMisconfigured("535 wrong password", Obstacle.NOT_LET_IN)

    drain(FakeTransport(no_password))

    mailing.refresh_from_db()
    assert (mailing.state, mailing.trouble) == (MailingState.PAUSED, Trouble.MISCONFIGURED)
    assert mailing.trouble_about == {"words": "535 wrong password", "obstacle": "not_let_in"}
    with override("fr"):
        assert trouble_in_words(mailing) == (
            "Aucun e-mail ne peut être envoyé\xa0: "
            "le service de messagerie ne nous laisse pas entrer\xa0: 535 wrong password"
        )
    assert Delivery.objects.get().state == DeliveryState.PLANNED


def test_what_was_accepted_before_the_service_went_away_stays_accepted(mailing: Mailing) -> None:
    scheduling.cancel(mailing)
    publication = make_publication()
    for number in range(3):
        make_subscription(publication=publication, regions=["ML-1"], address=f"r{number}@a.example")
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    handed = itertools.count(1)

    def dies_at_the_second(copy: OutgoingMessage) -> Outcome:
        if next(handed) == 2:
            raise TransportUnavailable("gone")
        return Outcome.ACCEPTED

    drain(FakeTransport(dies_at_the_second))

    of_theirs = Delivery.objects.filter(mailing__issue__publication=publication)
    states = of_theirs.values_list("state", flat=True)
    assert sorted(states) == [
        DeliveryState.ACCEPTED,
        DeliveryState.PLANNED,
        DeliveryState.PLANNED,
    ]


def queries_of_one_batch(publication: Publication, readers: int) -> int:
    for number in range(readers):
        address = f"r{number}of{readers}@a.example"
        make_subscription(publication=publication, regions=["ML-1"], address=address)
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    heart = Heart()
    heart.life()
    with own_journal() as journal, CaptureQueriesContext(connection) as queries:
        assert delivering.deliver_next(FakeTransport(), journal, heart)
    return len(queries)


def test_a_batch_takes_the_same_queries_however_many_readers(mailing: Mailing) -> None:
    scheduling.cancel(mailing)
    publication = make_publication()
    assert queries_of_one_batch(publication, 8) == queries_of_one_batch(publication, 30)


def test_nothing_is_claimed_while_the_kill_switch_is_on(mailing: Mailing) -> None:
    transport = FakeTransport()
    kill_switch.turn_on(by="ops", why="a wrong map")
    drain(transport)
    assert transport.addresses == []

    clone_guard.send_from_here(by="ops")
    drain(transport)

    assert transport.addresses == ["r@a.example"]


def test_the_kill_switch_stops_what_was_claimed_before(mailing: Mailing) -> None:
    batch = claim()
    assert batch is not None
    kill_switch.turn_on(by="ops", why="")

    assert commit_intent(batch) is False


def test_what_was_claimed_in_time_and_is_too_late_now_is_not_sent(mailing: Mailing) -> None:
    batch = claim()
    Mailing.objects.update(scheduled_at=a_moment_ago(), not_after=timezone.now())

    assert batch
    assert not commit_intent(batch)
    assert Batch.objects.get().state == BatchState.PENDING


def test_a_delivery_that_stops_every_worker_is_found_and_given_up(
    publication: Publication, mailing: Mailing
) -> None:
    scheduling.cancel(mailing)
    for number in range(4):
        make_subscription(publication=publication, regions=["ML-1"], address=f"p{number}@a.example")
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    class Fragile(FakeTransport):
        def hand_over(
            self, outgoing: OutgoingBatch, *, until: Until
        ) -> Iterator[AboutToSend | Result]:
            if "p2@a.example" in {copy.address for copy in outgoing.copies}:
                raise ZeroDivisionError
            yield from super().hand_over(outgoing, until=until)

    transport = Fragile()
    for _ in range(20):
        with suppress(ZeroDivisionError):
            drain(transport)
        if not Batch.objects.exclude(state=BatchState.SETTLED).exists():
            break

    poisoned = Delivery.objects.get(mailbox="p2@a.example")
    assert (poisoned.state, poisoned.reason) == (DeliveryState.FAILED, Reason.POISON)
    assert [a for a in transport.addresses if a.startswith("p")] == [
        "p0@a.example",
        "p1@a.example",
        "p3@a.example",
    ]


def test_where_every_worker_stops_the_mailing_is_paused_and_no_reader_is_blamed(
    publication: Publication, reader: Subscription
) -> None:
    for number in range(3):
        make_subscription(publication=publication, regions=["ML-1"], address=f"p{number}@a.example")
    mailing = scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    class Broken(FakeTransport):
        def hand_over(
            self, outgoing: OutgoingBatch, *, until: Until
        ) -> Iterator[AboutToSend | Result]:
            raise ZeroDivisionError

    for _ in range(20):
        with suppress(ZeroDivisionError):
            drain(Broken())
        mailing.refresh_from_db()
        if mailing.state != MailingState.SENDING:
            break

    assert (mailing.state, counts_of(mailing).pending) == (MailingState.PAUSED, 4)
    assert mailing.trouble == Trouble.CRASHES

    scheduling.resume(mailing)
    drain(transport := FakeTransport())

    assert len(transport.addresses) == 4


def test_a_service_that_does_not_answer_is_left_alone_for_longer_and_longer(
    mailing: Mailing,
) -> None:
    def unreachable(copy: OutgoingMessage) -> Outcome:
        raise TransportUnavailable("nobody answers")

    pauses = []
    for _ in range(3):
        drain(FakeTransport(unreachable))
        lane = Lane.objects.get()
        assert lane.closed_until is not None
        pauses.append(round((lane.closed_until - timezone.now()).total_seconds() / 30))
        assert claim() is None
        wait_out_the_pause()

    assert pauses == [1, 2, 4]


def test_after_a_failure_one_batch_tries_alone(mailing: Mailing, publication: Publication) -> None:
    scheduling.cancel(mailing)
    for number in range(2):
        make_subscription(publication=publication, regions=["ML-1"], address=f"p{number}@a.example")
    scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(1)
    Lane.objects.create(name=MAIN, failures=1, closed_until=a_moment_ago())

    assert claim() is not None
    assert claim() is None


def test_a_lane_is_not_used_faster_than_its_rate(mailing: Mailing) -> None:
    Lane.objects.create(name=MAIN, rate=0.1)
    drain(FakeTransport())

    rate_limited_until = Lane.objects.get().rate_limited_until
    assert rate_limited_until is not None
    assert 8 < (rate_limited_until - timezone.now()).total_seconds() <= 10
    assert claim() is None
