"""Signed tokens that stand in links.

A token tells which subscription it is for and what it is good for, and nothing else about
the person. One purpose's token is worthless for another.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from uuid import UUID

from django.conf import settings
from django.core.signing import (
    BadSignature,
    SignatureExpired,
    Signer,
    TimestampSigner,
    b62_encode,
    b64_decode,
    b64_encode,
)
from django.utils.encoding import force_bytes

from subscribers.errors import LinkExpired, LinkInvalid


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


def sign(
    purpose: Purpose, public_id: UUID, *, generation: int = 0, at: datetime | None = None
) -> str:
    """A token good for `purpose` on what `public_id` stands for, safe to stand in a URL.

    It tells of which `generation` it is; the first one is not written. Its life begins at the
    moment `at`, or now; of one moment it is always the same.
    """
    suffix = generation.to_bytes(2) if generation else b""
    value = b64_encode(public_id.bytes + suffix).decode()
    if at is None:
        return _signer(purpose).sign(value)
    signer = _signer(purpose)
    # As TimestampSigner does it, with another moment.
    return Signer.sign(signer, f"{value}{signer.sep}{b62_encode(int(at.timestamp()))}")


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
    signer = _signer(purpose)
    try:
        value = b64_decode(signer.unsign(token).encode())
        public_id, generation = UUID(bytes=value[:16]), int.from_bytes(value[16:])
    except (BadSignature, ValueError):
        raise LinkInvalid from None
    try:
        signer.unsign(token, max_age=LIFETIMES.get(purpose))
    except SignatureExpired:
        raise LinkExpired(public_id, purpose) from None
    return public_id, generation


def _signer(purpose: Purpose) -> TimestampSigner:
    return _signer_with(purpose, tuple(settings.LINK_KEYS))


@cache
def _signer_with(purpose: Purpose, keys: tuple[str, ...]) -> TimestampSigner:
    fallback: list[str | bytes] = [*keys[1:]]
    return _Signer(key=keys[0], fallback_keys=fallback, salt=f"subscribers.{purpose}", sep=".")


class _Signer(TimestampSigner):
    """Django's, at its ease: every mail that is ever sent has several tokens.

    The key that it derives from ours is kept, and so is the time, for a second.
    """

    def timestamp(self) -> str:
        return _timestamp(int(time.time()))

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        digest = hmac.digest(_derived(self.salt, key or self.key), force_bytes(value), "sha256")
        return b64_encode(digest).decode()


@lru_cache(maxsize=1)
def _timestamp(now: int) -> str:
    return b62_encode(now)


@cache
def _derived(salt: str, key: str | bytes) -> bytes:
    """As :func:`django.utils.crypto.salted_hmac` derives it."""
    return hashlib.sha256(force_bytes(f"{salt}signer") + force_bytes(key)).digest()
