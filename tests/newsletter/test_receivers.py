"""The door at which ESPs report: who comes in, and that what came in is kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from anymail.signals import AnymailTrackingEvent
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver

from config.urls import webhooks
from newsletter.editorial.scheduling import schedule
from newsletter.models import (
    Batch,
    Delivery,
    DeliveryEvent,
    DeliveryOutcome,
    DeliveryState,
    EventKind,
    Mailing,
    MailingState,
)
from newsletter.queries import counts_of
from newsletter.transports.base import Outcome
from newsletter.transports.esp_events import event_of
from newsletter.worker import drain
from subscribers.models import Suppression
from tests import payloads
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.payloads import payload, post, report
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

HARD, SOFT = DeliveryOutcome.BOUNCED_HARD, DeliveryOutcome.BOUNCED_SOFT
DELIVERED, COMPLAINED = DeliveryOutcome.DELIVERED, DeliveryOutcome.COMPLAINED


@pytest.fixture(autouse=True)
def _keys(settings: LazySettings) -> None:
    settings.ANYMAIL = {
        **settings.ANYMAIL,
        "MAILGUN_API_KEY": payloads.MAILGUN_KEY,
        "MAILERSEND_SIGNING_SECRET": payloads.MAILERSEND_SECRET,
        "AMAZON_SES_CLIENT_PARAMS": {"region_name": "eu-west-1"},
    }


def reported(client: Client, name: str) -> DeliveryEvent:
    """What is kept of the file `name`, about delivery 7 to Reader@a.example."""
    assert report(client, name, d=7, recipient="Reader@a.example").status_code == 200
    return DeliveryEvent.objects.get()


@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        ("mailgun-accepted", EventKind.QUEUED, None),
        ("mailgun-delivered", EventKind.DELIVERED, DELIVERED),
        ("mailgun-temporary", EventKind.DEFERRED, DeliveryOutcome.DEFERRED),
        ("mailgun-permanent", EventKind.BOUNCED, HARD),
        ("mailgun-suppressed-complaint", EventKind.BOUNCED, SOFT),
        ("mailgun-rejected", EventKind.REJECTED, None),
        ("mailgun-complained", EventKind.COMPLAINED, COMPLAINED),
        ("mailgun-unsubscribed", EventKind.UNSUBSCRIBED, None),
        ("postmark-delivered", EventKind.DELIVERED, DELIVERED),
        ("postmark-hard", EventKind.BOUNCED, HARD),
        ("postmark-soft", EventKind.BOUNCED, SOFT),
        ("postmark-complaint", EventKind.COMPLAINED, COMPLAINED),
        ("amazon_ses-delivered", EventKind.DELIVERED, DELIVERED),
        ("amazon_ses-hard", EventKind.BOUNCED, HARD),
        ("amazon_ses-soft", EventKind.BOUNCED, SOFT),
        ("amazon_ses-complaint", EventKind.COMPLAINED, COMPLAINED),
        ("brevo-request", EventKind.QUEUED, None),
        ("brevo-delivered", EventKind.DELIVERED, DELIVERED),
        ("brevo-hard", EventKind.BOUNCED, HARD),
        ("brevo-soft", EventKind.BOUNCED, SOFT),
        ("brevo-blocked", EventKind.REJECTED, None),
        ("brevo-complaint", EventKind.COMPLAINED, COMPLAINED),
        ("resend-sent", EventKind.SENT, None),
        ("resend-delivered", EventKind.DELIVERED, DELIVERED),
        ("resend-hard", EventKind.BOUNCED, HARD),
        ("resend-soft", EventKind.BOUNCED, SOFT),
        ("resend-complaint", EventKind.COMPLAINED, COMPLAINED),
    ],
)
def test_what_an_esp_reports_is_kept_with_whose_it_is(
    client: Client, name: str, kind: EventKind, outcome: DeliveryOutcome | None
) -> None:
    event = reported(client, name)

    assert (event.kind, event.outcome) == (kind, outcome)
    assert (event.delivery_key, event.mailbox) == (7, "reader@a.example")
    assert event.message_id


def test_where_an_esp_keeps_no_metadata_its_own_id_is_kept(client: Client) -> None:
    report(client, "mailersend-delivered", recipient="r@a.example", message_id="99")

    event = DeliveryEvent.objects.get()
    assert (event.delivery_key, event.message_id, event.mailbox) == (None, "99", "r@a.example")


def test_the_moment_is_the_one_that_the_esp_says(client: Client) -> None:
    event = reported(client, "postmark-delivered")

    assert event.happened_at == datetime(2026, 11, 25, 8, 29, 10, tzinfo=UTC)


def test_that_a_reader_opened_a_mail_is_not_kept(client: Client) -> None:
    answer = report(client, "mailgun-opened", d=7, recipient="r@a.example")

    assert answer.status_code == 200
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("name", ["mailgun-delivered", "postmark-delivered", "resend-delivered"])
def test_a_report_that_comes_ten_times_is_kept_once(client: Client, name: str) -> None:
    body = payload(name, d=7, recipient="r@a.example")

    answers = [post(client, name, body).status_code for _ in range(10)]

    assert answers == [200] * 10
    assert DeliveryEvent.objects.count() == 1


def test_a_report_is_kept_with_one_statement(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        report(client, "postmark-delivered", d=7, recipient="r@a.example")

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 1
    assert statements[0].startswith("INSERT ")


@pytest.mark.parametrize("secret", ["esp:wrong", "", "esp:only-for-tests-new "])
@pytest.mark.parametrize("name", ["mailgun-delivered", "postmark-delivered", "brevo-hard"])
def test_who_does_not_know_the_secret_reports_nothing(
    client: Client, name: str, secret: str
) -> None:
    answer = report(client, name, secret=secret, d=7, recipient="r@a.example")

    assert answer.status_code == 400
    assert not DeliveryEvent.objects.exists()


def test_while_the_secret_is_changed_the_old_one_works_too(client: Client) -> None:
    old = "esp:only-for-tests-old"

    answer = report(client, "brevo-delivered", secret=old, d=7, recipient="r@a.example")

    assert answer.status_code == 200


def test_without_a_secret_there_is_nowhere_to_report(settings: LazySettings) -> None:
    settings.WEBHOOKS_OPEN = False

    assert webhooks() == []


@pytest.mark.parametrize(
    ("esps", "routes"),
    [
        ([], []),
        (["mailgun"], ["mailgun/tracking/"]),
        (["mandrill"], ["mandrill/tracking/", "mandrill/"]),
        (["postmark", "amazon_ses"], ["postmark/tracking/", "amazon_ses/tracking/"]),
        (["scaleway"], []),
    ],
)
def test_only_the_doors_of_the_esps_in_use_are_there(
    settings: LazySettings, esps: list[str], routes: list[str]
) -> None:
    settings.WEBHOOK_ESPS = esps

    (doors,) = webhooks()

    assert isinstance(doors, URLResolver)
    assert [str(route.pattern) for route in doors.url_patterns] == routes


def test_what_mailgun_did_not_sign_is_refused(client: Client) -> None:
    answer = report(client, "mailgun-delivered", d=7, recipient="r@a.example", signature="0" * 64)

    assert answer.status_code == 400
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("hours", [-13, 1])
def test_a_signature_of_mailgun_is_good_for_half_a_day(client: Client, hours: int) -> None:
    old = payloads.signature(signed_at=time.time() + hours * 3600)

    answer = report(client, "mailgun-permanent", d=7, recipient="r@a.example", **old)

    assert answer.status_code == 400
    assert not DeliveryEvent.objects.exists()


def test_a_signature_of_mailgun_that_was_listened_in_on_carries_nothing_else(
    client: Client,
) -> None:
    heard = payloads.signature()
    report(client, "mailgun-delivered", d=7, recipient="r@a.example", **heard)

    report(client, "mailgun-complained", d=8, recipient="victim@a.example", **heard)

    assert DeliveryEvent.objects.get().mailbox == "r@a.example"


@pytest.mark.parametrize(
    ("d", "key"), [("7", 7), ("", None), ("-7", None), ("7 or 1=1", None), ("9" * 40, None)]
)
def test_what_is_no_key_of_ours_is_nobodys(client: Client, d: str, key: int | None) -> None:
    report(client, "mailgun-delivered", d=d, recipient="r@a.example")

    assert DeliveryEvent.objects.get().delivery_key == key


def test_what_an_esp_says_at_length_is_cut(client: Client) -> None:
    body = payload("postmark-hard", d=7, recipient="r@a.example")
    body["Details"] = "no\x00pe " * 200

    assert post(client, "postmark-hard", body).status_code == 200
    assert DeliveryEvent.objects.get().detail == ("nope " * 60)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("550 5.1.1 user unknown", HARD),
        ("550 5.2.1 mailbox disabled", HARD),
        ("550 5.0.0 failed", HARD),
        ("550 user unknown", HARD),
        ("552 5.2.2 mailbox full", SOFT),
        ("550 5.7.1 rejected as spam", SOFT),
        ("450 4.1.1 try later", SOFT),
        ("550 refused from 10.5.1.1", HARD),
    ],
)
def test_a_hard_bounce_is_soft_where_the_code_speaks_of_something_else(
    client: Client, said: str, outcome: DeliveryOutcome
) -> None:
    body = payload("postmark-hard", d=7, recipient="r@a.example")
    body["Details"] = said

    post(client, "postmark-hard", body)

    assert DeliveryEvent.objects.get().outcome == outcome


def test_a_bounce_of_which_nobody_says_the_kind_is_soft(client: Client) -> None:
    body = payload("resend-hard", d=7, recipient="r@a.example")
    del body["data"]["bounce"]["type"]

    post(client, "resend-hard", body)

    assert DeliveryEvent.objects.get().outcome == SOFT


@pytest.mark.parametrize(
    ("said", "kind", "outcome"),
    [
        ("abuse", EventKind.COMPLAINED, COMPLAINED),
        ("fraud", EventKind.COMPLAINED, COMPLAINED),
        (None, EventKind.COMPLAINED, COMPLAINED),
        ("not-spam", EventKind.DELIVERED, DELIVERED),
        ("Not-Spam", EventKind.DELIVERED, DELIVERED),
        ("opt-out", EventKind.UNSUBSCRIBED, None),
        ("virus", EventKind.NOTED, None),
        ("auth-failure", EventKind.NOTED, None),
        ("other", EventKind.NOTED, None),
        ("whatever comes next", EventKind.NOTED, None),
    ],
)
@pytest.mark.parametrize("esp", ["Amazon SES", "SparkPost"])
def test_a_complaint_is_one_where_the_esp_says_that_the_reader_complained(
    esp: str, said: str | None, kind: EventKind, outcome: DeliveryOutcome | None
) -> None:
    report = {
        "Amazon SES": {"complaint": {"complaintFeedbackType": said}},
        "SparkPost": {"msys": {"message_event": {"fbtype": said}}},
    }[esp]

    event = event_of(
        esp,
        AnymailTrackingEvent(event_type="complained", recipient="r@a.example", esp_event=report),
    )

    assert event is not None
    assert (event.kind, event.outcome) == (kind, outcome)


@pytest.mark.parametrize(
    ("esp", "said", "report", "kind", "outcome"),
    [
        ("Postmark", "complained", {"Type": "SpamComplaint"}, EventKind.COMPLAINED, COMPLAINED),
        ("Postmark", "complained", {"Type": "SpamNotification"}, EventKind.BOUNCED, SOFT),
        ("Postmark", "unsubscribed", {"Origin": "Recipient"}, EventKind.UNSUBSCRIBED, None),
        ("Postmark", "unsubscribed", {"Origin": "Customer"}, EventKind.NOTED, None),
        ("Postmark", "unsubscribed", {"Type": "Unsubscribe"}, EventKind.UNSUBSCRIBED, None),
        (
            "Amazon SES",
            "complained",
            {"complaint": {"complaintSubType": "OnAccountSuppressionList"}},
            EventKind.REJECTED,
            None,
        ),
        ("Mailgun", "complained", {"event-data": {}}, EventKind.COMPLAINED, COMPLAINED),
        ("Brevo", "complained", {"event": "spam"}, EventKind.COMPLAINED, COMPLAINED),
    ],
)
def test_who_complains_or_leaves_is_told_by_the_words_of_the_esp(
    esp: str, said: str, report: object, kind: EventKind, outcome: DeliveryOutcome | None
) -> None:
    event = event_of(
        esp, AnymailTrackingEvent(event_type=said, recipient="r@a.example", esp_event=report)
    )

    assert event is not None
    assert (event.kind, event.outcome) == (kind, outcome)


def test_what_postal_failed_to_hand_on_was_returned() -> None:
    event = event_of(
        "Postal",
        AnymailTrackingEvent(
            event_type="failed", recipient="r@a.example", mta_response="550 5.1.1 no such user"
        ),
    )

    assert event is not None
    assert (event.kind, event.outcome) == (EventKind.BOUNCED, HARD)


@pytest.fixture
def doubt() -> Delivery:
    """May have been accepted and may not; its mailing is finished."""
    load_regions()
    publication = make_publication()
    make_subscription(publication=publication, regions=["ML-1"], address="Reader@a.example")
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    assert Mailing.objects.get().state == MailingState.FINISHED
    return Delivery.objects.get()


def sent_by(transport: str) -> None:
    Batch.objects.update(transport=transport)


def test_a_reader_who_takes_our_mail_out_of_the_spam_folder_stays(
    client: Client, doubt: Delivery
) -> None:
    sent_by("amazon_ses")
    body = payload("amazon_ses-complaint", d=doubt.pk, recipient="Reader@a.example")
    body["Message"]["complaint"]["complaintFeedbackType"] = "not-spam"

    assert post(client, "amazon_ses-complaint", body).status_code == 200
    drain(FakeTransport())

    doubt.refresh_from_db()
    assert (doubt.state, doubt.outcome) == (DeliveryState.ACCEPTED, DELIVERED)
    assert doubt.subscription.status == "active"
    assert not Suppression.objects.exists()


def test_the_secret_of_all_does_not_make_one_esp_speak_of_the_mail_of_another(
    client: Client, doubt: Delivery
) -> None:
    sent_by("mailgun")

    report(client, "postmark-complaint", d=doubt.pk, recipient="Reader@a.example")
    drain(FakeTransport())

    doubt.refresh_from_db()
    assert (doubt.state, doubt.outcome) == (DeliveryState.UNKNOWN, None)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("name", ["mailgun-delivered", "postmark-delivered", "brevo-delivered"])
def test_long_after_a_mailing_a_report_settles_what_was_unknown(
    client: Client, doubt: Delivery, name: str
) -> None:
    sent_by(name.partition("-")[0])
    report(client, name, d=doubt.pk, recipient="Reader@a.example")
    drain(FakeTransport())

    doubt.refresh_from_db()
    assert (doubt.state, doubt.outcome) == (DeliveryState.ACCEPTED, DELIVERED)
    assert counts_of(doubt.mailing).balanced


def test_who_knows_the_secret_and_not_the_address_settles_nothing(
    client: Client, doubt: Delivery
) -> None:
    sent_by("mailgun")
    report(client, "mailgun-complained", d=doubt.pk, recipient="somebody.else@a.example")
    drain(FakeTransport())

    doubt.refresh_from_db()
    assert (doubt.state, doubt.outcome) == (DeliveryState.UNKNOWN, None)
    assert not Suppression.objects.exists()


def test_a_suppressed_reader_of_one_mailing_is_left_out_of_the_next(
    client: Client, doubt: Delivery
) -> None:
    sent_by("postmark")
    report(client, "postmark-hard", d=doubt.pk, recipient="Reader@a.example")
    drain(FakeTransport())
    next_issue = make_issue(doubt.mailing.issue.publication, ("Letter", []))

    schedule(next_issue, at=None, by=None, even_to_nobody=True)
    transport = FakeTransport()
    drain(transport)

    assert transport.addresses == []
    assert next_issue.mailings.get().deliveries.get().reason == "suppressed"


def test_an_event_is_never_rewritten(client: Client) -> None:
    event = reported(client, "brevo-delivered")

    with pytest.raises(TypeError):
        event.save()
