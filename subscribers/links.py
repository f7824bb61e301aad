"""Absolute addresses of the pages that readers reach from their mail."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from subscribers.models import Publication
from subscribers.tokens import Purpose, sign


def confirm_url(public_id: UUID) -> str:
    return _page(Purpose.CONFIRM, public_id)


def preferences_url(public_id: UUID, *, at: datetime | None = None) -> str:
    """The life of its token begins at the moment `at`, or now."""
    return _page(Purpose.PREFERENCES, public_id, at=at)


def unsubscribe_url(public_id: UUID, *, at: datetime | None = None) -> str:
    """The same for one moment `at`, to the letter."""
    return _page(Purpose.UNSUBSCRIBE, public_id, at=at)


def signup_url(publication: Publication) -> str:
    return f"{settings.SITE_URL}{reverse('subscribers:signup', kwargs={'slug': publication.slug})}"


def _page(purpose: Purpose, public_id: UUID, *, at: datetime | None = None) -> str:
    before, after = _around_token(purpose, settings.ROOT_URLCONF)
    return f"{settings.SITE_URL}{before}{sign(purpose, public_id, at=at)}{after}"


@cache
def _around_token(purpose: Purpose, urlconf: str) -> tuple[str, str]:
    """What stands before and after the token in the path of a page. Every mail asks for it."""
    path = reverse(f"subscribers:{purpose}", urlconf=urlconf, kwargs={"token": "TOKEN"})
    before, _token, after = path.partition("TOKEN")
    return before, after
