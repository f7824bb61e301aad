"""What a site that others reach does not start with: it would be open to them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.listening import is_loopback

#: Characters, and different ones among them: what `token_urlsafe(48)` makes has 64.
SHORTEST_SECRET, FEWEST_CHARACTERS = 32, 10


def is_reached_by_others(site_url: str) -> bool:
    """Whether the site at `site_url` is for more than this machine."""
    return not is_loopback(urlsplit(site_url).hostname or "")


def refuse_weak_secrets(site_url: str, **secrets: Sequence[str]) -> None:
    """Anyone who guesses a secret signs in as anybody, and reads or ends every subscription.

    Raises:
        ImproperlyConfigured: one of `secrets`, by the names of their variables, can be guessed.
    """
    if not is_reached_by_others(site_url):
        return
    for name, given in secrets.items():
        if any(map(_can_be_guessed, given)):
            raise ImproperlyConfigured(
                f"{name} can be guessed. Make a long random one: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )


def _can_be_guessed(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS


def refuse_debug(site_url: str, *, debug: bool) -> None:
    """Pages of errors show code, settings and what readers typed.

    Raises:
        ImproperlyConfigured: `debug` is on where others reach the site.
    """
    if debug and is_reached_by_others(site_url):
        raise ImproperlyConfigured(
            f"DEBUG=true shows visitors the inside of {site_url}. Unset it, or set SITE_URL to "
            "an address of this machine alone, such as http://127.0.0.1:8000."
        )


def refuse_passwords_in_clear(
    host: str,
    *,
    password: str,
    encrypted: bool,
    names: tuple[str, str] = ("SMTP_PASSWORD", "SMTP_SECURITY"),
) -> None:
    """Everyone on the way to `host` would read the password for the mail server.

    `names` are the variables of the password, and of what encrypts it.

    Raises:
        ImproperlyConfigured: `password` would leave this machine without TLS.
    """
    if password and not encrypted and not is_loopback(host):
        raise ImproperlyConfigured(
            f"{names[0]} would go to {host} in clear. Set {names[1]} to starttls or tls."
        )
