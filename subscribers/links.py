"""Absolute addresses of the pages that readers reach from their mail."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from subscribers.addresses import mailbox_key
from subscribers.models import Publication
from subscribers.tokens import Purpose, sign


def confirm_url(public_id: UUID) -> str:
    return _page(Purpose.CONFIRM, public_id)


def preferences_url(public_id: UUID, generation: int, *, at: datetime | None = None) -> str:
    """For a reader whose links are of that `generation`; its life begins at `at`, or now."""
    return _page(Purpose.PREFERENCES, public_id, generation=generation, at=at)


def unsubscribe_url(public_id: UUID, *, at: datetime | None = None) -> str:
    """The same for one moment `at`, to the letter."""
    return _page(Purpose.UNSUBSCRIBE, public_id, at=at)


def undo_url(public_id: UUID) -> str:
    """Where the change `public_id` can be taken back."""
    return _page(Purpose.UNDO, public_id)


def stop_url(address: str) -> str:
    """Where the person who reads the mailbox `address` can be left alone for ever."""
    return _page(Purpose.STOP, UUID(hex=mailbox_key(address)))


def signup_url(publication: Publication) -> str:
    return f"{settings.SITE_URL}{reverse('subscribers:signup', kwargs={'slug': publication.slug})}"


def _page(
    purpose: Purpose, public_id: UUID, *, generation: int = 0, at: datetime | None = None
) -> str:
    before, after = _around_token(purpose, settings.ROOT_URLCONF)
    token = sign(purpose, public_id, generation=generation, at=at)
    return f"{settings.SITE_URL}{before}{token}{after}"


@cache
def _around_token(purpose: Purpose, urlconf: str) -> tuple[str, str]:
    """What stands before and after the token in the path of a page. Every mail asks for it."""
    path = reverse(f"subscribers:{purpose}", urlconf=urlconf, kwargs={"token": "TOKEN"})
    before, _token, after = path.partition("TOKEN")
    return before, after
