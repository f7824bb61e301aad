"""Absolute addresses of the pages that show an edition or an issue.

The token of a web view stands for one edition, and so does that of a map. All its readers have
the same ones, so they say nothing about any of them, and open nothing else: a program that
fetches the map for a reader cannot read their edition.
"""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer, b64_decode, b64_encode
from django.urls import reverse

from newsletter.models import Issue
from subscribers.errors import LinkInvalid
from subscribers.models import Publication


def web_url(public_id: UUID) -> str:
    """Where the edition `public_id` can be read in the browser: always the same address."""
    token = _signer("web-view").sign(b64_encode(public_id.bytes).decode())
    return _page("web-view", token=token)


def map_urls(public_id: UUID) -> tuple[str, str]:
    """Where the map of the edition `public_id` can be fetched, and the same for the dark."""
    token = _signer("map").sign(b64_encode(public_id.bytes).decode())
    return _page("edition-map", token=token), _page("dark-edition-map", token=token)


def archive_url(publication: Publication) -> str:
    return _page("archive", slug=publication.slug)


def issue_url(publication: Publication, issue: Issue) -> str:
    """Where `issue` can be read in the archive of its `publication`, if that is open."""
    return _page("archive-issue", slug=publication.slug, issue_slug=issue.slug)


def edition_of(token: str) -> UUID:
    """The `public_id` of the edition whose web view has `token` in its address.

    Raises:
        LinkInvalid: we never signed it.
    """
    return _unsigned(token, "web-view")


def edition_of_map(token: str) -> UUID:
    """The `public_id` of the edition whose map has `token` in its address.

    Raises:
        LinkInvalid: we never signed it.
    """
    return _unsigned(token, "map")


def _unsigned(token: str, purpose: str) -> UUID:
    try:
        return UUID(bytes=b64_decode(_signer(purpose).unsign(token).encode()))
    except (BadSignature, ValueError):
        raise LinkInvalid from None


def _page(name: str, **parts: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'newsletter:{name}', kwargs=parts)}"


def _signer(purpose: str) -> Signer:
    return _signer_with(purpose, tuple(settings.LINK_KEYS))


@cache
def _signer_with(purpose: str, keys: tuple[str, ...]) -> Signer:
    fallback: list[str | bytes] = [*keys[1:]]
    return Signer(key=keys[0], fallback_keys=fallback, salt=f"newsletter.{purpose}", sep=".")
