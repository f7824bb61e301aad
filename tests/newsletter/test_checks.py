from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.checks import CheckMessage, Tags, run_checks
from pytest_django import Settings

from newsletter import checks
from newsletter.checks import webhooks_are_open
from tests.factories import make_publication


def found(settings: Settings, transport: str, is_open: bool) -> list[str]:
    settings.MAIL_TRANSPORT = transport
    settings.WEBHOOKS_OPEN = is_open
    return [str(warning.hint) for warning in webhooks_are_open()]


def test_an_esp_that_cannot_report_is_warned_of(settings: Settings) -> None:
    [hint] = found(settings, "mailgun", False)

    assert "ANYMAIL_WEBHOOK_SECRET" in hint


@pytest.mark.parametrize(
    ("transport", "is_open"), [("mailgun", True), ("outbox", False), ("smtp", False)]
)
def test_else_nothing_is_said(settings: Settings, transport: str, is_open: bool) -> None:
    assert found(settings, transport, is_open) == []


PRIVACY = "https://example.org/privacy"


@pytest.fixture
def signing(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "smtp"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.DKIM_KEYS = [(key, "s1", "news.example.org")]


def warnings() -> list[CheckMessage]:
    return run_checks(tags=[Tags.database], databases=["default"])


@pytest.mark.django_db
@pytest.mark.usefixtures("signing")
def test_a_publication_that_the_key_does_not_speak_for_is_warned_of() -> None:
    make_publication(from_address="desk@news.example.org", privacy_url=PRIVACY)
    make_publication(name="Elsewhere", from_address="desk@other.example", privacy_url=PRIVACY)

    (warning,) = warnings()

    assert "The mail of Elsewhere does not leave: no DKIM key goes with" in str(warning)


@pytest.mark.django_db
@pytest.mark.usefixtures("signing")
@pytest.mark.parametrize("change", [{"DKIM_KEYS": []}, {"MAIL_TRANSPORT": "outbox"}])
def test_where_nothing_is_signed_there_is_nothing_to_warn_of(
    settings: Settings, change: dict[str, object]
) -> None:
    make_publication(from_address="desk@other.example", privacy_url=PRIVACY)
    for name, value in change.items():
        setattr(settings, name, value)

    assert warnings() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("transport", "page", "told"),
    [
        ("mailgun", "", True),
        ("smtp", "", True),
        ("outbox", "", False),
        ("mailgun", "https://example.org/privacy", False),
    ],
)
def test_a_publication_that_mails_without_a_page_about_privacy_is_warned_of(
    settings: Settings, transport: str, page: str, told: bool
) -> None:
    settings.MAIL_TRANSPORT = transport
    make_publication(privacy_url=page)

    assert ["newsletter.W003" in str(warning) for warning in warnings()] == [True] * told


@pytest.mark.django_db
def test_a_publication_whose_channel_is_not_set_up_is_warned_of() -> None:
    make_publication(privacy_url=PRIVACY)
    make_publication(name="Alerts", channel="alerts", privacy_url=PRIVACY)

    (warning,) = warnings()

    assert "The mail of Alerts leaves by the channel alerts, which is not set up" in str(warning)


def test_no_two_checks_have_one_id() -> None:
    """Who silences one would silence the other."""
    told = re.findall(r'id="([\w.]+)"', Path(checks.__file__).read_text("utf-8"))

    assert [one for one, times in Counter(told).items() if times > 1] == []
