"""Messages as a mail program reads them."""

from __future__ import annotations

from email.message import MIMEPart


def part_of(message: MIMEPart, kind: str) -> MIMEPart:
    """The body of `message` of that kind: "plain" or "html"."""
    found = message.get_body((kind,))
    assert found is not None, f"There is no {kind} part."
    return found
