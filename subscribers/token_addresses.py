"""Addresses that end in a token, which mail has by the million: what is constant is found once."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.urls import reverse


def with_token(page: str, token: str) -> str:
    """The absolute address of `page`, such as “newsletter:web-view”, with `token` in it."""
    before, after = around_token(page)
    return f"{before}{token}{after}"


def around_token(page: str) -> tuple[str, str]:
    """What stands before and after the token in that address."""
    before, after = _in_path(page, settings.ROOT_URLCONF)
    return f"{settings.SITE_URL}{before}", after


@cache
def _in_path(page: str, urlconf: str) -> tuple[str, str]:
    path = reverse(page, urlconf=urlconf, kwargs={"token": "TOKEN"})
    before, _token, after = path.partition("TOKEN")
    return before, after
