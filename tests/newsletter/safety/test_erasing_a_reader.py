"""One reader is erased, and no table and no file holds their address or a part of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from newsletter.editorial.scheduling import schedule
from newsletter.feedback.tracking import store_event, track
from newsletter.models import (
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Mailing,
)
from newsletter.queries import counts_of
from newsletter.transports import configured
from newsletter.transports.outbox import configured_outbox
from newsletter.worker import drain
from subscribers.addresses import one_mailbox
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
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.safety.conftest import KeptReader
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


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> KeptReader:
    with kept_for_the_module():
        load_regions()
        return KeptReader.of(a_known_reader(make_publication()))


@pytest.fixture
def known(db: None, kept: KeptReader) -> Subscriber:
    return kept.with_outbox()


def a_known_reader(publication: Publication) -> Subscriber:
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


def test_an_erased_reader_is_not_in_later_audiences(known: Subscriber) -> None:
    erase(known, by="staff")

    later = mailed(Publication.objects.get())

    assert later.audience_size == 1
    assert not later.deliveries.filter(subscriber=known).exists()


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
