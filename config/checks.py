"""What `manage.py check` should tell of how the site is reached, and of its database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

from config.database_state import trouble_with


@checks.register()
def https_is_spoken_by_a_proxy(**_kwargs: Any) -> list[checks.CheckMessage]:
    """The servers that come with the site speak HTTP: with https, a proxy is in front of them."""
    if not settings.SITE_URL.startswith("https:") or settings.BEHIND_PROXY:
        return []
    return [
        checks.Warning(
            f"SITE_URL is {settings.SITE_URL}, and no proxy is believed that speaks TLS for it: "
            "browsers that come over http are not redirected, they are not told to stay with "
            "https, and all visitors behind a proxy count as one.",
            hint="Set BEHIND_PROXY to the number of proxies, as docs/howto/proxy.md shows.",
            id="config.W001",
        )
    ]


@checks.register()
def mail_is_signed_with_rsa(**_kwargs: Any) -> list[checks.CheckMessage]:
    """A signature that receivers cannot read counts as none."""
    by_rsa = {domain for key, _selector, domain in settings.DKIM_KEYS if _is_rsa(key)}
    domains = {domain for _key, _selector, domain in settings.DKIM_KEYS}
    return [
        checks.Warning(
            f"Mail from {domain} is signed with an Ed25519 key alone: large mailbox providers "
            "do not read such signatures, and take it for unsigned.",
            hint="Add an RSA key of the same domain, under another selector, to DKIM_KEYS.",
            id="config.W002",
        )
        for domain in sorted(domains - by_rsa)
    ]


def _is_rsa(key: object) -> bool:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    return isinstance(key, RSAPrivateKey)


@checks.register(checks.Tags.database)
def database_goes_with_the_code(
    *, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Asked by `manage.py migrate` too, ahead of the first change."""
    return [
        checks.Error(trouble, id="config.E001")
        for alias in databases or ()
        for trouble in trouble_with(connections[alias])
    ]
