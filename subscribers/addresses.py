"""Addresses as people type them, and as mail is sent to them."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from email_validator import EmailNotValidError, validate_email

from subscribers.errors import AskForAnotherAddress

#: What the whole world can mail without quotes (RFC 5321 §4.1.2, Dot-string).
MAILABLE = r"^[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+\Z"
_MAILABLE = re.compile(MAILABLE)


@dataclass(frozen=True)
class Provider:
    """How a provider of mailboxes reads what stands before the @."""

    #: One name for all domains under which it knows the same mailboxes.
    domain: str
    #: Characters that make no difference.
    ignored: str = ""
    #: Signs after which everything is the reader's own note.
    tags: str = "+"


def _same_mailboxes(provider: Provider, *domains: str) -> dict[str, Provider]:
    return dict.fromkeys((provider.domain, *domains), provider)


PROVIDERS = {
    **_same_mailboxes(Provider("gmail.com", ignored="."), "googlemail.com"),
    **_same_mailboxes(
        Provider("proton.me", ignored=".-_"), "protonmail.com", "protonmail.ch", "pm.me"
    ),
    **_same_mailboxes(Provider("icloud.com"), "me.com", "mac.com"),
    **_same_mailboxes(
        Provider("yandex.ru", ignored=".-"),
        "ya.ru", "yandex.by", "yandex.com", "yandex.com.tr", "yandex.kz", "yandex.ua",
    ),
    **_same_mailboxes(Provider("fastmail.com"), "fastmail.fm"),
}  # fmt: skip
#: Yahoo's throw-away addresses: a name of their own, a hyphen, and anything.
YAHOO = re.compile(r"(yahoo|ymail|rocketmail|myyahoo)(\.[a-z]+)+")


def _provider_of(domain: str) -> Provider:
    if YAHOO.fullmatch(domain):
        return Provider(domain, tags="+-")
    return PROVIDERS.get(domain, Provider(domain))


def normalise(text: str) -> str:
    """The address in `text`, with its domain in lower-case ASCII and the part before it as typed.

    Raises:
        AskForAnotherAddress: it is no address, or one that not every mail server can reach,
            such as one with letters beyond ASCII before the @.
    """
    typed = text.strip(" ")
    try:
        valid = validate_email(typed, strict=True, allow_smtputf8=False, check_deliverability=False)
    except EmailNotValidError:
        raise AskForAnotherAddress from None
    local, _at, _domain = typed.rpartition("@")
    return f"{local}@{valid.ascii_domain}"


def is_mailable(address: str) -> bool:
    """Whether every mail server takes `address` as it stands."""
    return _MAILABLE.match(address) is not None


def one_mailbox(address: str) -> str:
    """The mailbox that `address` leads to, as far as it can be told from the address.

    Many servers ignore case and what follows a plus sign, and some more than that. To count
    by, never to mail to: some server may tell these apart.
    """
    local, _at, domain = address.lower().rpartition("@")
    provider = _provider_of(domain)
    for sign in provider.tags:
        local = local.partition(sign)[0] or local
    plain = local.translate(dict.fromkeys(map(ord, provider.ignored)))
    return f"{plain or local}@{provider.domain}"


def mailbox_key(mailbox: str) -> str:
    """A digest of `mailbox`, however it is spelled, that only this site can make.

    It knows an address again and does not tell it.
    """
    secret = f"subscribers.mailbox:{settings.MAILBOX_KEY}".encode()
    return hmac.digest(secret, mailbox.lower().encode(), "sha256").hex()[:32]


def mask(address: str) -> str:
    """`address` so that its owner knows it and nobody else learns it: r•••@example.com."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
