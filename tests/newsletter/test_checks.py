from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.checks import CheckMessage, Tags, run_checks
from pytest_django import Settings

from tests.factories import make_publication

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _signing(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "smtp"
    settings.DKIM_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.DKIM_SELECTOR, settings.DKIM_DOMAIN = "s1", "news.example.org"


def warnings() -> list[CheckMessage]:
    return run_checks(tags=[Tags.database], databases=["default"])


def test_a_publication_that_the_key_does_not_speak_for_is_warned_of() -> None:
    make_publication(from_address="desk@news.example.org")
    make_publication(name="Elsewhere", from_address="desk@other.example")

    (warning,) = warnings()

    assert "Elsewhere is sent from desk@other.example" in str(warning)


@pytest.mark.parametrize("change", [{"DKIM_KEY": None}, {"MAIL_TRANSPORT": "outbox"}])
def test_where_nothing_is_signed_there_is_nothing_to_warn_of(
    settings: Settings, change: dict[str, object]
) -> None:
    make_publication(from_address="desk@other.example")
    for name, value in change.items():
        setattr(settings, name, value)

    assert warnings() == []
