"""All that is held about one reader comes out, and nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from html.parser import HTMLParser

import pytest
from django.utils import translation

from newsletter.editorial.scheduling import schedule
from newsletter.models import Delivery, DeliveryEvent
from newsletter.transports import configured
from newsletter.worker import drain
from subscribers.models import (
    AuditEntry,
    ConsentEvent,
    Publication,
    SignUp,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.services import limiting
from subscribers.services.exporting import Export, export
from subscribers.services.personal_data import all_holdings
from tests.factories import make_change, make_notice, make_publication, make_subscription
from tests.newsletter.factories import make_issue, sent
from tests.newsletter.safety.conftest import KeptReader
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> KeptReader:
    with kept_for_the_module():
        load_regions()
        return KeptReader.of(a_reader(make_publication()))


@pytest.fixture
def reader(db: None, kept: KeptReader) -> Subscriber:
    return kept.with_outbox()


def a_reader(publication: Publication) -> Subscriber:
    """Somebody who was mailed a letter and a part on Kayes, and another reader beside them."""
    mine = make_subscription(publication=publication, regions=["ML-1"], address="awa@a.example")
    make_subscription(publication=publication, regions=["ML-4"], address="other@b.example")
    ConsentEvent.objects.create(
        subscription=mine, kind="confirmed", wording="I want it.", interests={"ML-1": "all"}
    )
    make_notice(mine)
    make_change(mine)
    SignUp.objects.create(network="10.1.2.0/24", mailbox_key=limiting.key_of("awa@a.example"))
    issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("On Segou", ["ML-4"]))
    schedule(issue, at=None, by=None)
    while drain(configured()):
        pass
    Suppression.objects.create(mailbox="awa@a.example", reason="bounced", detail="550 full")
    (line,) = Delivery.objects.filter(subscription=mine)
    assert line.settled_at
    DeliveryEvent.objects.create(
        esp="mailgun",
        event_id="1",
        kind="delivered",
        outcome=3,
        mailbox=line.mailbox,
        delivery=line,
        happened_at=line.settled_at,
        received_at=line.settled_at,
    )
    return mine.subscriber


def made(subscriber: Subscriber) -> dict[str, list[dict[str, object]]]:
    return dict(json.loads(export(subscriber, by="staff").as_json()))


def test_every_holding_of_a_reader_is_in_their_export(reader: Subscriber) -> None:
    held = made(reader)

    assert set(held) == {"made_at", *(holding.key for holding in all_holdings())}
    empty = {key for key, rows in held.items() if not rows}
    assert empty <= {"log_entries", "audience_members"}


def test_an_export_tells_what_was_sent_when_and_why(reader: Subscriber) -> None:
    (line,) = made(reader)["deliveries"]

    assert str(line["issue"]).startswith("Issue")
    assert line["state"] == "accepted"
    assert line["settled_at"]
    assert line["regions"] == ["Kayes"]
    assert line["sections"] == ["Letter", "On Kayes"]
    assert str(line["web_copy"]).startswith("http")


def test_an_export_tells_what_was_agreed_to(reader: Subscriber) -> None:
    held = made(reader)

    (consent,) = held["consent_events"]
    assert (consent["kind"], consent["wording"]) == ("confirmed", "I want it.")
    (subscription,) = held["subscriptions"]
    assert (subscription["status"], subscription["regions"]) == ("active", ["Kayes"])
    assert held["suppressions"][0]["reason"] == "bounced"


def test_nothing_of_another_reader_is_in_an_export(reader: Subscriber) -> None:
    text = export(reader, by="staff").as_json()

    assert "other@b.example" not in text
    assert "Segou" not in text


def test_an_export_can_be_read_as_a_page_in_the_readers_language(reader: Subscriber) -> None:
    reader.subscriptions.update(language="fr")
    reader.name = "<b>Awa</b>"
    reader.save()

    page = export(reader, by="staff").as_html()

    assert '<html lang="fr" dir="ltr">' in page
    assert "Ce que nous savons de vous" in page
    assert "&lt;b&gt;Awa&lt;/b&gt;" in page
    assert "accepté" in page
    HTMLParser().feed(page)
    assert translation.get_language() == "en"


def test_both_forms_of_an_export_hold_the_same(reader: Subscriber) -> None:
    whole: Export = export(reader, by="staff")

    held = json.loads(whole.as_json())
    page = whole.as_html()

    assert all(str(row["issue"]) in page for row in held["deliveries"])
    assert page.count("<dl>") == sum(len(rows) for key, rows in held.items() if key != "made_at")


def test_the_audit_keeps_who_exported_whom(reader: Subscriber) -> None:
    export(reader, by="staff")

    entry = AuditEntry.objects.get(action="exported")
    assert (entry.actor_name, entry.about_id) == ("staff", str(reader.pk))


def test_an_export_takes_as_many_queries_whatever_was_sent(
    reader: Subscriber, django_assert_max_num_queries: object
) -> None:
    publication = Subscription.objects.filter(subscriber=reader).get().publication
    for month in ("July", "August", "September"):
        sent(publication, month)

    with django_assert_max_num_queries(33):  # type: ignore[operator]
        export(reader, by="staff")
