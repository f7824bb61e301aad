"""Absolute addresses of the pages that show an edition or an issue.

The token of a web view stands for one edition, and so does that of a map. All its readers have
the same ones, so they say nothing about any of them, and open nothing else: a program that
fetches the map for a reader cannot read their edition.
"""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer, b64_decode, b64_encode
from django.urls import reverse
from django.utils.encoding import force_bytes

from newsletter.models import Issue
from subscribers.errors import LinkInvalid
from subscribers.macs import Mac
from subscribers.models import Publication
from subscribers.token_addresses import with_token


def web_url(public_id: UUID) -> str:
    """Where the edition `public_id` can be read in the browser: always the same address."""
    token = _signer("web-view").sign(b64_encode(public_id.bytes).decode())
    return with_token("newsletter:web-view", token)


def map_urls(public_id: UUID) -> tuple[str, str]:
    """Where the map of the edition `public_id` can be fetched, and the same for the dark."""
    token = _signer("map").sign(b64_encode(public_id.bytes).decode())
    light, dark = "newsletter:edition-map", "newsletter:dark-edition-map"
    return with_token(light, token), with_token(dark, token)


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


class _Signer(Signer):
    """Django's, that derives its key once."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        if key is not None or isinstance(value, bytes):
            return super().signature(value, key)
        return b64_encode(self._mac.of(value.encode())).decode()

    @cached_property
    def _mac(self) -> Mac:
        of = map(force_bytes, (self.salt, "signer", self.key))
        return Mac(hashlib.sha256(b"".join(of)).digest())


def _signer(purpose: str) -> _Signer:
    return _signer_with(purpose, tuple(settings.LINK_KEYS))


@cache
def _signer_with(purpose: str, keys: tuple[str, ...]) -> _Signer:
    fallback: list[str | bytes] = [*keys[1:]]
    return _Signer(key=keys[0], fallback_keys=fallback, salt=f"newsletter.{purpose}", sep=".")
