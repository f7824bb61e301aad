"""Absolute addresses of the pages that readers reach from their mail."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from subscribers.addresses import mailbox_key
from subscribers.models import Publication
from subscribers.token_addresses import around_token, with_token
from subscribers.tokens import Purpose, ReadersSigner, sign


class OfReader(TypedDict):
    """What the email of one reader links to of their own."""

    unsubscribe_url: str
    preferences_url: str


class ReadersLinks:
    """The links of the readers of one mailing, whose life begins at the moment `at`, or now.

    Both of a reader are signed at the price of one.
    """

    def __init__(self, *, at: datetime | None) -> None:
        self._signer = ReadersSigner(begun=int((at or timezone.now()).timestamp()))
        self._unsubscribe, self._end = around_token(f"subscribers:{Purpose.UNSUBSCRIBE}")
        self._preferences, _end = around_token(f"subscribers:{Purpose.PREFERENCES}")

    def of(self, public_id: UUID, generation: int) -> OfReader:
        """Of the subscription `public_id`, whose reader's links are of that `generation`."""
        tokens = self._signer.tokens(public_id, generation)
        return {
            "unsubscribe_url": f"{self._unsubscribe}{tokens.unsubscribe}{self._end}",
            "preferences_url": f"{self._preferences}{tokens.preferences}{self._end}",
        }


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
    token = sign(purpose, public_id, generation=generation, at=at)
    return with_token(f"subscribers:{purpose}", token)
