"""What is told of how the site is reached."""

from __future__ import annotations

import pytest
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
