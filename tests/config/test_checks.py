"""What is told of how the site is reached."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.checks import run_checks
from pytest_django import Settings


def test_https_without_a_proxy_is_warned_of(settings: Settings) -> None:
    settings.SITE_URL, settings.BEHIND_PROXY = "https://news.example.org", 0

    (found,) = (found for found in run_checks() if found.id == "config.W001")

    assert "BEHIND_PROXY" in str(found.hint)


@pytest.mark.parametrize(
    ("site_url", "proxies"), [("https://news.example.org", 1), ("http://127.0.0.1:8000", 0)]
)
def test_a_site_that_is_reached_as_it_says_is_not_warned_of(
    settings: Settings, site_url: str, proxies: int
) -> None:
    settings.SITE_URL, settings.BEHIND_PROXY = site_url, proxies

    assert "config.W001" not in {found.id for found in run_checks()}


def test_mail_that_most_receivers_would_take_for_unsigned_is_warned_of(settings: Settings) -> None:
    short = Ed25519PrivateKey.generate()
    long = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.DKIM_KEYS = [
        (short, "e1", "alone.example"),
        (short, "e1", "both.example"),
        (long, "s1", "both.example"),
    ]

    (found,) = (found for found in run_checks() if found.id == "config.W002")

    assert "Mail from alone.example is signed with an Ed25519 key alone" in str(found)
