"""What DKIM signatures cost: for a message, and for a mailing by one worker process and by two."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.rows import Row
from bench.sending import send
from bench.smtp import message_size, relay

if TYPE_CHECKING:
    from newsletter.transports.dkim import PrivateKey

DOMAIN = "news.example.org"
#: Messages that are signed one after the other.
MESSAGES = 2_000
#: By what mail is signed, and the selectors of its keys.
WAYS = {"unsigned": (), "RSA-2048": ("rsa",), "Ed25519": ("ed",), "both": ("rsa", "ed")}


def rows(n: int) -> Iterator[Row]:
    """A relay on this machine; mailings to `n` readers."""
    with relay(), tempfile.TemporaryDirectory(prefix="bench-keys-") as folder:
        keys = _keys(Path(folder))
        for way, selectors in WAYS.items():
            with _signing(keys, selectors, Path(folder)):
                for processes in (1, 2):
                    sent = send(n, processes=processes)
                    name = f"SMTP, {way}, worker processes: {processes}"
                    yield Row(name, sent.rate, "messages/s")
        size = message_size()
    for way, selectors in WAYS.items():
        if selectors:
            chosen = {selector: keys[selector] for selector in selectors}
            yield Row(
                f"DKIM, {way}: a message of {size:,} bytes", _microseconds(chosen, size), "µs"
            )


def _keys(folder: Path) -> dict[str, PrivateKey]:
    """A key of each kind by its selector, and as a file of that name."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    keys: dict[str, PrivateKey] = {
        "rsa": generate_private_key(public_exponent=65537, key_size=2048),
        "ed": Ed25519PrivateKey.generate(),
    }
    for selector, key in keys.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / selector).write_bytes(pem)
    return keys


@contextmanager
def _signing(
    keys: dict[str, PrivateKey], selectors: tuple[str, ...], folder: Path
) -> Iterator[None]:
    """Workers that are started meanwhile sign, and so would we."""
    from django.conf import settings

    listed = [f"{DOMAIN}:{selector}:{folder / selector}" for selector in selectors]
    os.environ["DKIM_KEYS"] = ",".join(listed)
    settings.DKIM_KEYS = [(keys[selector], selector, DOMAIN) for selector in selectors]
    try:
        yield
    finally:
        os.environ["DKIM_KEYS"], settings.DKIM_KEYS = "", []


def _microseconds(keys: dict[str, PrivateKey], size: int) -> float:
    from newsletter.transports.dkim import Signer

    line = b"Patrols along the road met armed men twice this month, and traders say.\r\n"
    fields = (b"From", b"To", b"Subject", b"Date", b"Message-ID", b"List-Id", b"List-Unsubscribe")
    head = b"".join(b"%s: something of the usual length <%s>\r\n" % (name, name) for name in fields)
    message = head + b"\r\n" + line * (size // len(line))
    signer = Signer(DOMAIN, *((key, selector) for selector, key in keys.items()))
    begun = time.process_time()
    for _ in range(MESSAGES):
        signer.signature(message)
    return 1e6 * (time.process_time() - begun) / MESSAGES
