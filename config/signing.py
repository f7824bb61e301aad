"""The keys that mail over SMTP is signed with (DKIM), each in the name of one domain."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from config.env import env

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = RSAPrivateKey | Ed25519PrivateKey
    #: Key, selector, domain.
    DkimKey = tuple[PrivateKey, str, str]

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def dkim_keys() -> list[DkimKey]:
    """The key of DKIM_KEY, and those of DKIM_KEYS; none, and mail is not signed here.

    Raises:
        ImproperlyConfigured: something of a key is missing or can sign nothing, two of one
            domain are of one kind, or the DNS has room for one of them only.
    """
    keys = [*_one_key(), *map(_listed_key, env.list("DKIM_KEYS", []))]
    for one, other in combinations(keys, 2):
        _check_pair(one, other)
    return keys


def _check_pair(one: DkimKey, other: DkimKey) -> None:
    (key, selector, domain), (other_key, other_selector, other_domain) = one, other
    if domain != other_domain:
        return
    if type(key) is type(other_key):
        raise ImproperlyConfigured(
            f"DKIM_KEYS: two keys of one kind are of {domain}. Mail is signed by one RSA key, one "
            "Ed25519 key, or both: keep one of each."
        )
    if selector == other_selector:
        raise ImproperlyConfigured(
            f"DKIM_KEYS: two keys of {domain} have the selector {selector}, where the DNS has one."
        )


def _one_key() -> list[DkimKey]:
    given = {
        "DKIM_KEY": env.str("DKIM_KEY", ""),
        "DKIM_SELECTOR": env.str("DKIM_SELECTOR", ""),
        "DKIM_DOMAIN": env.str("DKIM_DOMAIN", ""),
    }
    if not any(given.values()):
        return []
    for name, value in given.items():
        if not value:
            raise ImproperlyConfigured(f"Set {name} too: DKIM needs a key, a selector, a domain.")
        if name != "DKIM_KEY":
            _check_name(f"{name}={value}", value)
    key = _key("DKIM_KEY", given["DKIM_KEY"])
    return [(key, given["DKIM_SELECTOR"], given["DKIM_DOMAIN"].lower())]


def _listed_key(given: str) -> DkimKey:
    domain, _colon, rest = given.strip().partition(":")
    selector, _colon, path = rest.partition(":")
    where = f"DKIM_KEYS, “{given}”"
    if not path:
        raise ImproperlyConfigured(f"{where}: write it like domain:selector:/path/of/the/key.pem.")
    for name in (domain, selector):
        _check_name(f"{where}: {name}", name)
    return _key(where, path), selector, domain.lower()


def _check_name(said: str, name: str) -> None:
    if not _DOMAIN.fullmatch(name):
        raise ImproperlyConfigured(f"{said} cannot be part of a name in the DNS.")


def _key(name: str, given: str) -> PrivateKey:
    """The key in `given`: PEM text, whose lines "\\n" may end, or the path of a file of it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        is_text = given.startswith("-----BEGIN")
        pem = given.replace("\\n", "\n").encode() if is_text else Path(given).read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, RSAPrivateKey) and key.key_size >= 2048:
        return key
    raise ImproperlyConfigured(f"{name} is no RSA key of 2048 bits or more, and no Ed25519 key.")
