"""The doors at which ESPs report: who is let in, and that nothing posted there makes them fail."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from newsletter import checks, receivers
from newsletter.models import DeliveryEvent
from newsletter.transports.sns import NotSigned, verify
from tests import payloads
from tests.payloads import SECRET, payload, post, sns_signature

pytestmark = pytest.mark.django_db

ESPS = [
    "amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal",
    "postmark", "resend", "sparkpost", "unisender_go",
]  # fmt: skip
#: As each ESP needs it for its reports.
KEYS = {
    "AMAZON_SES_CLIENT_PARAMS": {"region_name": "eu-west-1"},
    "MAILERSEND_SIGNING_SECRET": payloads.MAILERSEND_SECRET,
    "MAILGUN_API_KEY": payloads.MAILGUN_KEY,
    "MANDRILL_WEBHOOK_KEY": "key",
    "POSTAL_WEBHOOK_KEY": "key",
    "UNISENDER_GO_API_KEY": "key",
}
JUNK = [
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b"7", "application/json"),
    (b'{"event-data": 7, "signature": 7, "data": [], "Type": 7, "events": [7]}', "text/plain"),
    (b'[7, {}, null, {"msys": 7}, {"event": []}]', "application/json"),
    (b"\xff\xfe", "application/json"),
    (b"a=b&mandrill_events=7", "application/x-www-form-urlencoded"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data"),
]
INSIDE = {"authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}


@pytest.fixture
def keys(settings: LazySettings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, **KEYS}


def address(esp: str) -> str:
    return reverse(f"webhooks:{esp}_tracking")


@pytest.mark.parametrize("esp", ESPS)
@pytest.mark.parametrize("with_keys", [True, False])
def test_a_stranger_gets_no_further_than_the_door(
    client: Client, settings: LazySettings, esp: str, with_keys: bool
) -> None:
    if with_keys:
        settings.ANYMAIL = {**settings.ANYMAIL, **KEYS}
    client.raise_request_exception = False

    answers = [
        *(client.generic(m, address(esp)) for m in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
        *(client.post(address(esp), body, content_type=kind) for body, kind in JUNK),
        client.post(address(esp), b"{}", "application/json", headers={"authorization": "Basic x"}),
        client.post(address(esp), b"{}", "application/json", headers={"authorization": "é"}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 400, 401, 404, 405}
    assert not DeliveryEvent.objects.exists()


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("esp", ESPS)
def test_who_knows_the_secret_and_posts_junk_is_told_so(client: Client, esp: str) -> None:
    client.raise_request_exception = False

    answers = [
        client.post(address(esp), body, content_type=kind, headers=INSIDE) for body, kind in JUNK
    ]

    assert {answer.status_code for answer in answers} <= {200, 400}
    assert not DeliveryEvent.objects.exists()


def test_without_what_it_needs_a_door_is_not_there_and_the_check_says_so(
    client: Client, settings: LazySettings
) -> None:
    settings.WEBHOOK_ESPS = ["postal", "brevo"]

    answer = client.post(address("postal"), b"{}", "application/json", headers=INSIDE)

    assert answer.status_code == 404
    (warning,) = checks.doors_have_their_keys()
    assert "POSTAL_WEBHOOK_KEY" in warning.msg


def of_mailjet(address: str, **fields: Any) -> dict[str, Any]:
    report = {"event": "sent", "time": 1700000000, "MessageID": 7, "email": address}
    return {**report, "Payload": '{"d": "7"}', **fields}


@pytest.mark.parametrize(
    "odd",
    [
        {"email": "\ud800@a.example"},
        {"email": 7},
        {"email": ["r@a.example"]},
        {"Payload": '{"d": {"d": 7}}'},
        {"Payload": "7"},
        {"Payload": 7},
        {"smtp_reply": 7, "event": "bounce"},
        {"smtp_reply": "no \ud800\x00", "event": "bounce"},
        {"error": ["x"]},
        {"time": 10**18},
        {"time": "yesterday"},
        {"time": -(10**12)},
        {"time": 253402300799},
        {"event": []},
        {"event": None},
        {"MessageID": "\ud800"},
    ],
    ids=str,
)
def test_what_is_odd_in_a_batch_does_not_take_the_others_with_it(
    client: Client, odd: dict[str, Any]
) -> None:
    batch = [of_mailjet("a@a.example"), of_mailjet("odd@a.example", **odd), 7]
    batch.append(of_mailjet("z@a.example"))

    answer = client.post(
        address("mailjet"), json.dumps(batch).encode(), "application/json", headers=INSIDE
    )

    assert answer.status_code == 200
    kept = set(DeliveryEvent.objects.values_list("mailbox", flat=True))
    assert kept >= {"a@a.example", "z@a.example"}


def test_what_could_not_be_read_of_a_batch_is_counted(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    batch = [of_mailjet("a@a.example"), 7, {}]

    client.post(address("mailjet"), json.dumps(batch).encode(), "application/json", headers=INSIDE)

    assert "Mailjet: 2 of its reports cannot be read." in caplog.text


def test_the_events_of_sparkpost_are_unwrapped_one_by_one(client: Client) -> None:
    event = {"type": "delivery", "timestamp": "1700000000", "raw_rcpt_to": "a@a.example"}
    batch = [{"msys": {"message_event": event}}, {"msys": 7}, {"msys": {}}, 7]

    answer = client.post(
        address("sparkpost"), json.dumps(batch).encode(), "application/json", headers=INSIDE
    )

    assert answer.status_code == 200
    assert DeliveryEvent.objects.get().mailbox == "a@a.example"


def ses() -> dict[str, Any]:
    return payload("amazon_ses-complaint", d=7, recipient="r@a.example")


@pytest.mark.usefixtures("keys")
def test_sns_is_asked_to_sign_in(client: Client) -> None:
    answer = client.post(address("amazon_ses"), b"{}", "application/json")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def message(**fields: str) -> dict[str, Any]:
    """As Amazon SNS posts it, signed, and then changed as `fields` say."""
    body = {**ses(), "Message": "words", "Subject": "More words"}
    version = fields.pop("version", "2")
    return {**body, **sns_signature(body, version=version), **fields}


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_believed(version: str) -> None:
    verify(message(version=version))


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "other words"},
        {"Subject": "Other words"},
        {"TopicArn": "arn:aws:sns:us-east-1:999:theirs"},
        {"Timestamp": "2030-01-01T00:00:00.000Z"},
        {"Signature": "x"},
        {"Signature": base64.b64encode(b"x" * 256).decode()},
        {"SignatureVersion": "3"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem"},
        {"SigningCertURL": "https://sns.evil.example/SimpleNotificationService-a.pem"},
        {
            "SigningCertURL": "https://sns.amazonaws.com.evil.example/SimpleNotificationService-a.pem"
        },
        {"SigningCertURL": "https://x@evil.example/sns.eu-west-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/SimpleNotificationService-a.pem"},
    ],
    ids=str,
)
def test_what_amazon_did_not_sign_is_not(changed: dict[str, str]) -> None:
    with pytest.raises(NotSigned):
        verify(message(**changed))


@pytest.mark.usefixtures("keys")
def test_a_report_that_was_changed_on_its_way_is_refused(client: Client) -> None:
    text = json.dumps({**message(), "Message": json.dumps(ses()["Message"])}).encode()
    headers = {
        **INSIDE,
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": ses()["MessageId"],
    }

    answer = client.post(address("amazon_ses"), text, "application/json", headers=headers)

    assert answer.status_code == 400
    assert not DeliveryEvent.objects.exists()


@pytest.mark.usefixtures("keys")
def test_while_the_certificate_cannot_be_had_sns_is_asked_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object, **_kwargs: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", unreachable)
    sign: Callable[..., dict[str, str]] = payloads.sns_signature
    elsewhere = "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-new.pem"
    monkeypatch.setattr(
        payloads, "sns_signature", lambda body: {**sign(body), "SigningCertURL": elsewhere}
    )

    answer = post(client, "amazon_ses-complaint", ses())

    assert answer.status_code == 503


def test_each_esp_reports_to_the_view_that_anymail_has_for_it() -> None:
    from anymail.urls import urlpatterns

    theirs = {
        str(pattern.name).removesuffix("_tracking_webhook"): pattern.callback.view_class
        for pattern in urlpatterns
        if str(pattern.name).endswith("_tracking_webhook")
    }

    assert {esp: receivers._view_of(esp) for esp in receivers._VIEWS} == theirs


def test_a_worker_imports_the_views_of_no_esp_that_is_not_in_use() -> None:
    look = (
        "import sys, django; django.setup(); import config.urls;"
        "print([m for m in sys.modules if m.startswith(('anymail.webhooks.', 'boto3'))])"
    )

    here = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "sqlite://:memory:",
        "SECRET_KEY": "a" * 60,
        "LINK_KEY": "b" * 60,
    }
    seen = subprocess.run(
        [sys.executable, "-c", look], env=here, capture_output=True, text=True, check=True
    )

    assert seen.stdout.strip() == "['anymail.webhooks.base']"
