"""Signed tokens that stand in links.

A token tells what it is for by a random id, when its life began, and of which generation it is;
nothing else about the person. One purpose's token is worthless for another.

Tokens stand in email that was sent: their form stays as it is. It is base64url, without a gap or
an end to fill, of these bytes:

====  ==========================================================================
   1  the form, :data:`FORM`
  16  the id
   4  when its life began, in seconds since 1970
   2  the generation
  16  the proof: what the purpose has of an HMAC-SHA256 of all that stands before
====  ==========================================================================

What one email links to is of one id, moment and generation. So its links share one HMAC, of which
each purpose has bytes of its own: who knows those of one knows nothing of the others.
"""

from __future__ import annotations

import hmac
import re
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from subscribers.errors import LinkExpired, LinkInvalid
from subscribers.macs import Mac


class Purpose(StrEnum):
    CONFIRM = "confirm"
    PREFERENCES = "preferences"
    UNSUBSCRIBE = "unsubscribe"
    UNDO = "undo"
    STOP = "stop"


#: How long a token is good. One that ends a subscription, or all mail, is good for ever: mail is
#: kept for years, and its way out has to work.
LIFETIMES: Mapping[Purpose, timedelta] = {
    Purpose.CONFIRM: timedelta(days=7),
    Purpose.PREFERENCES: timedelta(days=90),
    Purpose.UNDO: timedelta(days=30),
}

#: The first byte of every token.
FORM = 1
_SAID = struct.Struct(">B16sIH")
_TOKEN = re.compile("[A-Za-z0-9_-]{52}")


class _Share(NamedTuple):
    """What a purpose has of an HMAC: of which key, and which bytes."""

    kind: str
    bytes: slice


_FIRST, _SECOND = slice(0, 16), slice(16, 32)
_SHARES: Mapping[Purpose, _Share] = {
    Purpose.UNSUBSCRIBE: _Share("subscription", _FIRST),
    Purpose.PREFERENCES: _Share("subscription", _SECOND),
    Purpose.CONFIRM: _Share("request", _FIRST),
    Purpose.UNDO: _Share("change", _FIRST),
    Purpose.STOP: _Share("mailbox", _FIRST),
}


class ReadersTokens(NamedTuple):
    """What the email of one reader links to."""

    unsubscribe: str
    preferences: str


def sign(
    purpose: Purpose, public_id: UUID, *, generation: int = 0, at: datetime | None = None
) -> str:
    """A token good for `purpose` on what `public_id` stands for, safe to stand in a URL.

    Its life begins at the moment `at`, or now; of one moment it is always the same.
    """
    begun = time.time() if at is None else at.timestamp()
    share = _SHARES[purpose]
    said = _SAID.pack(FORM, public_id.bytes, int(begun), generation)
    return _written(said, _proofs(share.kind, settings.LINK_KEYS[0], said)[share.bytes])


class ReadersSigner:
    """Signs for many readers, for both purposes that an email has, at the price of one each."""

    def __init__(self, *, begun: int) -> None:
        """The life of all tokens began at `begun` (seconds)."""
        self._begun = begun
        self._mac = Mac(_derived("subscription", settings.LINK_KEYS[0]))

    def tokens(self, public_id: UUID, generation: int) -> ReadersTokens:
        said = _SAID.pack(FORM, public_id.bytes, self._begun, generation)
        proofs = self._mac.of(said)
        return ReadersTokens(_written(said, proofs[_FIRST]), _written(said, proofs[_SECOND]))


def read(purpose: Purpose, token: str) -> UUID:
    """The `public_id` of the subscription that `token` is for.

    Raises:
        LinkInvalid: we never signed it, or not for `purpose`.
        LinkExpired: we did, too long ago.
    """
    public_id, _generation = read_generation(purpose, token)
    return public_id


def read_generation(purpose: Purpose, token: str) -> tuple[UUID, int]:
    """The same, and the generation of `token`.

    Raises:
        LinkInvalid: we never signed it, or not for `purpose`.
        LinkExpired: we did, too long ago.
    """
    if not _TOKEN.fullmatch(token):
        raise LinkInvalid
    whole = urlsafe_b64decode(token)
    said, proof = whole[: _SAID.size], whole[_SAID.size :]
    if not _is_proved(purpose, said, proof):
        raise LinkInvalid
    form, public_id, begun, generation = _SAID.unpack(said)
    if form != FORM:
        raise LinkInvalid
    lifetime = LIFETIMES.get(purpose)
    if lifetime and time.time() > begun + lifetime.total_seconds():
        raise LinkExpired(UUID(bytes=public_id), purpose)
    return UUID(bytes=public_id), generation


def _is_proved(purpose: Purpose, said: bytes, proof: bytes) -> bool:
    """Whether one of our keys proves for `purpose` what is `said`."""
    share = _SHARES[purpose]
    ours = (_proofs(share.kind, key, said)[share.bytes] for key in settings.LINK_KEYS)
    return any(hmac.compare_digest(proof, one) for one in ours)


def _proofs(kind: str, key: str, said: bytes) -> bytes:
    return hmac.digest(_derived(kind, key), said, "sha256")


@cache
def _derived(kind: str, key: str) -> bytes:
    """What is proved of one kind of ids says nothing of another."""
    return hmac.digest(key.encode(), f"subscribers.links {kind}".encode(), "sha256")


def _written(said: bytes, proof: bytes) -> str:
    return urlsafe_b64encode(said + proof).decode()
