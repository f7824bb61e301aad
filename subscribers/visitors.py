"""Which address a request came from, as the proxies in front of the site say."""

from __future__ import annotations

import logging
import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)

#: An address in brackets, and perhaps a port behind them.
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d+)?")
#: What is followed by a port.
_WITH_PORT = re.compile(r"(.+):\d+")


def visitor_ip(request: HttpRequest) -> str:
    """The IP address that `request` came from; empty where it cannot be known.

    Behind proxies it is what the outermost of them has written: each adds one to the end of
    the list, and whatever stands before theirs came with the request, where anybody can have
    written it.
    """
    if not settings.BEHIND_PROXY:
        return _readable(str(request.META.get("REMOTE_ADDR", "")))
    header = str(settings.PROXY_HEADER)
    listed = _listed(request.headers.get(header, ""), is_forwarded=header.lower() == "forwarded")
    # Fewer than there are proxies: one of them has left out what it was told.
    written = listed[-settings.BEHIND_PROXY :][:1]
    found = _readable(written[0]) if written else ""
    if not found:
        logger.warning(
            "No visitor’s address can be read from %s, so requests are not counted by network: "
            "see BEHIND_PROXY and PROXY_HEADER in docs/howto/configure.md.",
            header,
        )
    return found


def _listed(header: str, *, is_forwarded: bool) -> list[str]:
    """What a header names, in order.

    It is parted at every comma, within quotes too: no address has one, and quotes that a visitor
    opens must not swallow what a proxy writes behind them.
    """
    entries = [entry.strip() for entry in header.split(",") if entry.strip()]
    return [_for_in(entry) for entry in entries] if is_forwarded else entries


def _for_in(entry: str) -> str:
    """Whom an entry of `Forwarded` (RFC 7239) is for; empty if it does not say."""
    pairs = (pair.partition("=") for pair in entry.split(";"))
    return next((value for name, _is, value in pairs if name.strip().lower() == "for"), "")


def _readable(text: str) -> str:
    """The address in `text`, however it is written; empty if it is none.

    With a port or without, in quotes or brackets, IPv4 written as IPv6, with a zone.
    """
    text = text.strip().strip('"').strip()
    if bracketed := _BRACKETED.fullmatch(text):
        return _canonical(bracketed[1])
    with_port = _WITH_PORT.fullmatch(text)
    return _canonical(text) or (_canonical(with_port[1]) if with_port else "")


def _canonical(text: str) -> str:
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
