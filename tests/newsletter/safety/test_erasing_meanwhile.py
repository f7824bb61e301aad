"""A reader is erased while email to them is on its way; what their will outlives."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from newsletter.audience.fixing import keep_readers
from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import (
    Batch,
    BatchState,
    DeliveryState,
    Reason,
)
from newsletter.sending.delivering import commit_intent
from newsletter.sending.recording import record
from newsletter.transports.base import Outcome, Result
from newsletter.worker import drain
from subscribers.errors import TryAgainSoon
from subscribers.models import (
    AuditEntry,
    Notice,
    Publication,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.services import claiming
from subscribers.services.erasing import erase
from subscribers.services.suppressing import is_suppressed, suppress
from tests.factories import make_notice, make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.safety.test_erasing_a_reader import ADDRESS, mailed, reader_of, traces
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


def test_a_reader_who_is_in_no_ledger_is_gone_altogether(publication: Publication) -> None:
    subscription = reader_of(publication)

    erase(subscription.subscriber, by="staff")

    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()


def test_a_mailing_on_its_way_leaves_the_erased_reader_out_and_says_why(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    make_subscription(publication=publication, address="other@a.example")
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)

    erase(subscription.subscriber, by="staff")
    transport = FakeTransport()
    drain(transport)

    assert transport.addresses == ["other@a.example"]
    (line,) = mailing.deliveries.filter(subscription=subscription)
    assert (line.state, line.reason) == (DeliveryState.SKIPPED, Reason.ERASED)
    mailing.refresh_from_db()
    assert mailing.state == "finished"


def test_nobody_is_erased_while_their_email_is_on_the_wire(publication: Publication) -> None:
    subscription = reader_of(publication)
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    batch = claim()
    assert batch
    assert commit_intent(batch)

    with pytest.raises(TryAgainSoon, match="being sent right now"):
        erase(subscription.subscriber, by="staff")

    assert Subscriber.objects.get().address == ADDRESS
    assert not AuditEntry.objects.exists()


def test_nobody_is_erased_while_a_confirmation_to_them_is_on_its_way(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    make_notice(subscription)
    Notice.objects.update(attempts=1, due_at=timezone.now() + claiming.LEASE)

    with pytest.raises(TryAgainSoon):
        erase(subscription.subscriber, by="staff")

    Notice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    erase(subscription.subscriber, by="staff")
    assert not Subscriber.objects.exists()


def test_a_batch_that_a_worker_has_only_claimed_goes_out_without_the_erased_reader(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    batch = claim()
    assert batch

    erase(subscription.subscriber, by="staff")

    assert commit_intent(batch)
    assert Batch.objects.get().state == BatchState.HANDED
    assert not batch.deliveries.filter(state=DeliveryState.PLANNED).exists()


def test_what_a_slow_worker_says_of_an_erased_reader_is_not_kept(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    batch = claim()
    assert batch
    assert commit_intent(batch)
    delivery = batch.deliveries.get()
    mailing.batches.update(state=BatchState.SETTLED, settled_at=timezone.now())
    mailing.deliveries.update(
        state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST, settled_at=timezone.now()
    )

    erase(subscription.subscriber, by="staff")
    record(batch, [Result(delivery.pk, Outcome.ACCEPTED, f"250 for <{ADDRESS}>")])

    assert traces() == []
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "stays"),
    [
        (SuppressionReason.ASKED, True),
        (SuppressionReason.COMPLAINED, True),
        (SuppressionReason.BOUNCED, False),
    ],
)
def test_a_suppression_outlives_the_reader_if_it_was_their_will(
    publication: Publication, reason: SuppressionReason, stays: bool
) -> None:
    subscription = reader_of(publication)
    suppress(ADDRESS, reason=reason)

    erase(subscription.subscriber, by="staff")

    assert is_suppressed(ADDRESS) is stays


def test_who_is_subscribed_and_suppressed_by_a_key_is_not_in_the_audience(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    suppress(ADDRESS, reason=SuppressionReason.ASKED)
    Suppression.objects.update(mailbox=None)

    line = mailed(publication).deliveries.get(subscription=subscription)

    assert (line.state, line.reason) == (DeliveryState.EXCLUDED, Reason.SUPPRESSED)


def test_who_was_suppressed_by_a_key_since_the_freeze_is_left_out(
    publication: Publication,
) -> None:
    subscription = reader_of(publication)
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    suppress(ADDRESS, reason=SuppressionReason.ASKED)
    Suppression.objects.update(mailbox=None)

    transport = FakeTransport()
    drain(transport)

    assert transport.addresses == []
    assert mailing.deliveries.get(subscription=subscription).reason == Reason.SUPPRESSED


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
def test_nobody_is_erased_while_an_audience_is_being_fixed() -> None:
    load_regions()
    subscription = reader_of(make_publication())
    taken, over = threading.Event(), threading.Event()

    def fix_an_audience() -> None:
        mailing = schedule(make_issue(subscription.publication, ("Letter", [])), at=None, by=None)
        with transaction.atomic():
            keep_readers(mailing)
            taken.set()
            over.wait(10)
        connection.close()

    worker = threading.Thread(target=fix_an_audience)
    worker.start()
    assert taken.wait(10)
    try:
        with pytest.raises(TryAgainSoon):
            erase(subscription.subscriber, by="staff")
    finally:
        over.set()
        worker.join()

    erase(subscription.subscriber, by="staff")
    assert not Subscriber.objects.exists()
