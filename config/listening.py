"""The address the embedded site answers at: the wanted port, or the next one that is free."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from urllib.parse import urlsplit

#: How many ports are tried, from the wanted one on.
PORTS_TRIED = 100


def wanted_address() -> tuple[str, int]:
    """The host and port that HOST and PORT ask for; 127.0.0.1 and 8000 when unset."""
    port = os.environ.get("PORT", "") or "8000"
    if not port.isdecimal() or int(port) > 65535:
        sys.exit(f"PORT={port} is not a port. Choose a number up to 65535, such as 8000.")
    return os.environ.get("HOST", "") or "127.0.0.1", int(port)


def claim_port(host: str, port: int) -> socket.socket:
    """A socket that listens on `host`, on `port` or on the next one that is free.

    Listening is the claim: two processes that start together may both bind a port, but
    only one of them can listen on it.
    """
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return _listen(host, candidate)
        except OSError as trouble:
            if trouble.errno != errno.EADDRINUSE:
                sys.exit(f"Cannot listen on {host}, port {candidate}: {trouble.strerror}.")
    sys.exit(f"Port {port} and those after it are taken. Choose another one with PORT=…")


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _name, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def describe_site(host: str, port: int) -> None:
    """Set what the settings should know of this address, unless the environment says it.

    The outbox is open to everyone who reaches the site only where that is this machine alone,
    itself and not through a proxy.
    """
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    os.environ.setdefault(
        "SITE_URL", f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
    )
    if is_loopback(host) and _is_of_this_machine(os.environ["SITE_URL"]):
        os.environ.setdefault("OUTBOX_OPEN", "true")


def _is_of_this_machine(site_url: str) -> bool:
    try:
        return is_loopback(urlsplit(site_url).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
