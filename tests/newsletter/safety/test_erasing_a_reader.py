"""One reader is erased, and no table and no file holds their address or a part of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from newsletter.audience import freezing
from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.feedback.tracking import store_event, track
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Mailing,
    Reason,
)
from newsletter.queries import counts_of
from newsletter.sending.delivering import commit_intent
from newsletter.sending.recording import record
from newsletter.transports import configured
from newsletter.transports.base import Outcome, Result
from newsletter.transports.outbox import configured_outbox
from newsletter.worker import drain
from subscribers.addresses import one_mailbox
from subscribers.errors import TryAgainSoon
from subscribers.models import (
    AuditEntry,
    ConsentEvent,
    Notice,
    Publication,
    Region,
    SignUpRequest,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.services import notifying, subscribing
from subscribers.services.answering import answer_due
from subscribers.services.consenting import Shown
from subscribers.services.erasing import erase
from subscribers.services.suppressing import is_suppressed, suppress
from tests.factories import make_notice, make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

ADDRESS = "Awa.Traore-77+mali@Reader.example"
#: The address and what it can be told by, none of which is in anything else.
PARTS = {
    ADDRESS.lower(),
    one_mailbox(ADDRESS),
    ADDRESS.partition("@")[0].lower(),
    "awa.traore-77",
    "reader.example",
}


def texts_in_the_database() -> Iterator[tuple[str, str]]:
    """Every value of every column of every table as text, with where it stands."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{n}", str(v)) for n, v in zip(names, row, strict=True))


def texts_in_files() -> Iterator[tuple[str, str]]:
    folders = (settings.OUTBOX_DIR, settings.JOURNAL_DIR, settings.MAPS_DIR, settings.PICTURES_DIR)
    for folder in folders:
        for path in Path(folder).rglob("*"):
            yield str(path), path.name
            if path.is_file():
                yield str(path), path.read_bytes().decode("utf-8", "replace")


def traces() -> list[str]:
    """Where something of the address stands."""
    found = (*texts_in_the_database(), *texts_in_files())
    return [place for place, text in found if any(part in text.lower() for part in PARTS)]


def reader_of(publication: Publication) -> Subscription:
    return make_subscription(publication=publication, address=ADDRESS)


def mailed(publication: Publication) -> Mailing:
    """An issue that all readers of `publication` have in the outbox."""
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    while drain(configured()):
        pass
    mailing.refresh_from_db()
    return mailing


def report(delivery: Delivery, *, key: int | None = None, mailbox: str = ADDRESS.lower()) -> None:
    store_event(
        DeliveryEvent(
            esp="mailgun",
            event_id=f"event-{delivery.pk}-{timezone.now()}",
            kind="delivered",
            outcome=3,
            delivery_key=key,
            mailbox=mailbox,
            detail=f"250 <{mailbox}> is glad",
            happened_at=timezone.now(),
        )
    )
    track()


def sign_up(publication: Publication) -> None:
    subscribing.request(
        publication=publication,
        address=ADDRESS,
        regions=[publication.regions.get(code="ML-1")],
        language="en",
        mail_format="html",
        shown=Shown(wording="Yes", language="en", page="/", network="10.1.2.0/24"),
    )


@pytest.fixture
def known(publication: Publication) -> Subscriber:
    """A reader of whom all tables and the outbox know something."""
    publication.regions.add(Region.objects.get(code="ML-1"))
    sign_up(publication)
    answer_due()
    notifying.send_due()
    subscription = Subscription.objects.get()
    subscribing.confirm(SignUpRequest.objects.get(), shown=Shown("Yes", "en", "/"))
    make_subscription(publication=publication)
    (delivery, *_others) = mailed(publication).deliveries.filter(subscription=subscription)
    report(delivery, key=delivery.pk)
    report(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(
        detail=f"250 for {ADDRESS}", remote_id=f"<1.{ADDRESS}>"
    )
    Notice.objects.update(trouble=f"450 <{ADDRESS}> is busy")
    suppress(ADDRESS, reason=SuppressionReason.BOUNCED, detail=f"<{ADDRESS}> is unknown")
    staff = User.objects.create_user("staff")
    LogEntry.objects.log_actions(
        staff.pk, [subscription], 2, f"Looked at {ADDRESS}", single_object=True
    )
    AuditEntry.objects.create(actor_name="staff", action="viewed", note=f"Looked for {ADDRESS}")
    sign_up(publication)  # and nobody has answered that yet
    subscription.subscriber.name = "Awa.Traore-77"
    subscription.subscriber.save()
    return subscription.subscriber


def test_of_an_erased_reader_no_table_and_no_file_holds_the_address(known: Subscriber) -> None:
    tables = {place.partition(".")[0] for place in traces()}
    assert tables >= {
        "subscribers_subscriber",
        "subscribers_notice",
        "subscribers_suppression",
        "subscribers_auditentry",
        "newsletter_delivery",
        "newsletter_deliveryevent",
        "django_admin_log",
    }
    assert configured_outbox().items_for(ADDRESS)

    erase(known, by="staff")

    assert traces() == []


def test_numbers_of_past_mailings_stay_as_they_are(known: Subscriber) -> None:
    mailing = Mailing.objects.get()
    before = counts_of(mailing)

    erase(known, by="staff")

    assert counts_of(mailing) == before
    assert counts_of(mailing).balanced
    (line,) = mailing.deliveries.filter(subscriber=known)
    assert line.mailbox == f"erased-{known.pk}@erased.invalid"
    assert line.state == DeliveryState.ACCEPTED


def test_an_erased_reader_in_the_ledger_is_a_number_without_interests(known: Subscriber) -> None:
    link = Subscription.objects.get(subscriber=known).public_id

    erase(known, by="staff")

    stays = Subscription.objects.get(subscriber=known)
    assert (stays.status, stays.ended_reason) == ("ended", "erased")
    assert not stays.interest_set.regions.exists()
    assert stays.public_id != link
    assert not ConsentEvent.objects.exists()


def test_a_reader_who_is_in_no_ledger_is_gone_altogether(publication: Publication) -> None:
    subscription = reader_of(publication)

    erase(subscription.subscriber, by="staff")

    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()


def test_an_erased_reader_is_not_in_later_audiences(known: Subscriber) -> None:
    erase(known, by="staff")

    later = mailed(Publication.objects.get())

    assert later.audience_size == 1
    assert not later.deliveries.filter(subscriber=known).exists()


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
    Notice.objects.update(attempts=1, due_at=timezone.now() + notifying.LEASE)

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


def test_what_is_reported_of_an_erased_reader_later_is_not_kept(known: Subscriber) -> None:
    delivery = Delivery.objects.get(subscriber=known)
    erase(known, by="staff")

    report(delivery, key=delivery.pk)

    assert traces() == []


def test_whoever_asked_never_to_be_mailed_is_known_again_by_a_key_alone(
    known: Subscriber,
) -> None:
    erase(known, by="staff", never_mail_again=True)

    assert traces() == []
    assert Suppression.objects.get().reason == SuppressionReason.ASKED
    assert is_suppressed(ADDRESS)
    assert not is_suppressed("other@reader.example")


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


def test_who_signs_up_again_after_asking_never_to_be_mailed_is_not_mailed(
    known: Subscriber,
) -> None:
    publication = Publication.objects.get()
    erase(known, by="staff", never_mail_again=True)

    sign_up(publication)
    answer_due()
    mailed(publication)

    assert not Notice.objects.exists()
    assert not Subscriber.objects.filter(mailbox=ADDRESS.lower()).exists()
    assert configured_outbox().items_for(ADDRESS) == []


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


def test_who_signs_up_again_is_somebody_new(known: Subscriber) -> None:
    erase(known, by="staff")

    sign_up(Publication.objects.get())
    answer_due()

    again = Subscriber.objects.get(mailbox=ADDRESS.lower())
    assert again.pk != known.pk
    assert not Delivery.objects.filter(subscriber=again).exists()


def test_the_audit_keeps_the_number_and_who_erased(known: Subscriber) -> None:
    erase(known, by="staff")

    entry = AuditEntry.objects.get(action="erased")
    assert (entry.actor_name, entry.about_id, entry.about_label) == ("staff", str(known.pk), "")
    assert json.dumps(entry.changes) == "{}"


def test_erasing_twice_does_nothing(known: Subscriber) -> None:
    erase(known, by="staff")
    before = list(Subscriber.objects.values())

    erase(Subscriber.objects.get(pk=known.pk), by="staff")

    assert list(Subscriber.objects.values()) == before
    assert AuditEntry.objects.filter(action="erased").count() == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
def test_nobody_is_erased_while_an_audience_is_being_fixed() -> None:
    load_regions()
    subscription = reader_of(make_publication())
    taken, over = threading.Event(), threading.Event()

    def fix_an_audience() -> None:
        mailing = schedule(make_issue(subscription.publication, ("Letter", [])), at=None, by=None)
        with transaction.atomic():
            freezing._keep_readers(mailing)
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
