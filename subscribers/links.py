"""Absolute addresses of the pages that readers reach from their mail."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from subscribers.models import Publication
from subscribers.tokens import Purpose, sign


def confirm_url(public_id: UUID) -> str:
    return _page(Purpose.CONFIRM, public_id)


def preferences_url(public_id: UUID) -> str:
    return _page(Purpose.PREFERENCES, public_id)


def unsubscribe_url(public_id: UUID) -> str:
    return _page(Purpose.UNSUBSCRIBE, public_id)


def signup_url(publication: Publication) -> str:
    return f"{settings.SITE_URL}{reverse('subscribers:signup', kwargs={'slug': publication.slug})}"


def _page(purpose: Purpose, public_id: UUID) -> str:
    path = reverse(f"subscribers:{purpose}", kwargs={"token": sign(purpose, public_id)})
    return f"{settings.SITE_URL}{path}"
