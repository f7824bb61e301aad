"""The doors of a channel beside `main`: what is reported there is of its own mail alone."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from pytest_django import Settings

from config.urls import webhooks
from newsletter import checks
from newsletter.feedback.tracking import track
from newsletter.models import Delivery, DeliveryEvent, DeliveryOutcome
from newsletter.worker import drain
from subscribers.channels import Channel
from subscribers.models import Publication
from tests.factories import make_publication
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.sending.test_channels import sent_to
from tests.payloads import SECRET, payload

pytestmark = pytest.mark.django_db

#: Of the channel; that of `main` is another.
OURS = "esp:only-for-the-channel"
READER = "reader@a.example"


def a_channel(name: str = "alerts", **anymail: object) -> Channel:
    settings = {"WEBHOOK_SECRET": [OURS], **anymail}
    esps = ["brevo", "mailgun"]
    return Channel(name, "brevo", anymail=settings, webhook_esps=esps, webhooks_open=True)


@pytest.fixture(autouse=True)
def _channels(settings: Settings) -> None:
    # The last is what no view asks for, and would hide a method of it.
    anymail = {"MAILGUN_API_KEY": "of alerts", "BREVO_OPTIONS": "x"}
    settings.MAIL_TRANSPORT = "brevo"
    settings.MAIL_CHANNELS = {"alerts": a_channel(**anymail), "letters": a_channel("letters")}


@pytest.fixture
def delivery(publication: Publication) -> Delivery:
    """One that left by `alerts`."""
    alerts = make_publication(name="Alerts", channel="alerts", list_id="alerts.example.org")
    sent_to(alerts, READER)
    drain(FakeTransport())
    return Delivery.objects.get()


def ask(method: str, address: str, body: object = None, secret: str = OURS) -> HttpResponse:
    headers = {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    request = RequestFactory().generic(
        method, address, json.dumps(body), "application/json", headers=headers
    )
    urls: Any = tuple(webhooks())
    answer = resolve(address, urls).func(request)
    assert isinstance(answer, HttpResponse)
    return answer


def report_to(door: str, delivery: Delivery, *, secret: str = OURS) -> None:
    body = payload("brevo-hard", d=delivery.pk, recipient=READER)
    assert ask("POST", f"/anymail/{door}brevo/tracking/", body, secret).status_code == 200
    while track():
        pass
    delivery.refresh_from_db()


def test_what_is_reported_at_its_own_door_is_believed(delivery: Delivery) -> None:
    report_to("alerts/", delivery)

    assert delivery.outcome == DeliveryOutcome.BOUNCED_HARD
    assert DeliveryEvent.objects.get().channel == "alerts"


@pytest.mark.parametrize(("door", "secret"), [("", SECRET), ("letters/", OURS)])
def test_what_is_reported_at_the_door_of_another_channel_is_not(
    delivery: Delivery, door: str, secret: str
) -> None:
    report_to(door, delivery, secret=secret)

    assert delivery.outcome is None


def test_the_secret_of_main_opens_no_other_door(delivery: Delivery) -> None:
    with pytest.raises(AnymailWebhookValidationFailure):
        report_to("alerts/", delivery, secret=SECRET)

    assert not DeliveryEvent.objects.exists()


def test_an_event_of_one_channel_does_not_count_for_one_of_another(delivery: Delivery) -> None:
    body = payload("brevo-hard", d=delivery.pk, recipient=READER)
    for door in ("letters/", "alerts/"):
        ask("POST", f"/anymail/{door}brevo/tracking/", body)
    while track():
        pass

    delivery.refresh_from_db()
    assert delivery.outcome == DeliveryOutcome.BOUNCED_HARD


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_a_setting_that_no_door_asks_for_hides_nothing_of_it(method: str) -> None:
    assert ask(method, "/anymail/alerts/brevo/tracking/").status_code == 200


def test_the_checks_speak_of_each_channel(settings: Settings) -> None:
    shut = Channel("shut", "postmark")
    settings.MAIL_CHANNELS = {**settings.MAIL_CHANNELS, "shut": shut}
    settings.WEBHOOK_ESPS = []

    (closed,) = checks.webhooks_are_open()
    (missing,) = checks.doors_have_their_keys()

    assert "by the channel shut are not heard of" in closed.msg
    assert "Set MAIL_SHUT_ANYMAIL_WEBHOOK_SECRET to" in str(closed.hint)
    assert (
        "Reports of mailgun to the channel letters are not taken: MAIL_LETTERS_ANYMAIL_"
        in missing.msg
    )
