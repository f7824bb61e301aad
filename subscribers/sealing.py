"""Text that stands in an address and that only this site can read.

It is encrypted and authenticated (AES-SIV, RFC 5297), and it is deterministic: equal text has
an equal seal, so that what many readers share can have one address. Its length says no more
than how many blocks the text fills.
"""

from __future__ import annotations

import hmac
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.core.signing import b64_decode, b64_encode

from subscribers.errors import LinkInvalid

#: Bytes that a text is filled up to a multiple of, with spaces.
_BLOCK = 16


def seal(purpose: str, text: str) -> str:
    """`text`, unreadable and safe to stand in an address; worthless for another `purpose`.

    Spaces at its end are lost.
    """
    plain = text.encode()
    padded = plain.ljust(-(-len(plain) // _BLOCK) * _BLOCK)
    newest, *_older = settings.LINK_KEYS
    return b64_encode(_cipher(purpose, newest).encrypt(padded, None)).decode()


def unseal(purpose: str, sealed: str) -> str:
    """The text in `sealed`, by any of our keys.

    Raises:
        LinkInvalid: we never sealed it for `purpose`, or with a key that is gone.
    """
    try:
        secret = b64_decode(sealed.encode())
    except ValueError:
        raise LinkInvalid from None
    if b64_encode(secret).decode() != sealed:
        # Decoding passes over strange characters: one text would have any number of addresses.
        raise LinkInvalid
    for key in settings.LINK_KEYS:
        try:
            return _cipher(purpose, key).decrypt(secret, None).decode().rstrip(" ")
        except (InvalidTag, ValueError):
            continue
    raise LinkInvalid


@cache
def _cipher(purpose: str, key: str) -> AESSIV:
    return AESSIV(hmac.digest(key.encode(), purpose.encode(), "sha512"))
