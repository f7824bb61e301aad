"""Django's messages as bytes: mail to one person, which is not made from an edition."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime, make_msgid, parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import timezone

from newsletter.transports.base import writing
from newsletter.transports.mime import (
    body_of,
    mailable,
    mailbox,
    part_headers,
    quoted,
    verbatim,
    with_last_newline,
    words,
)


@writing
def written(message: EmailMessage) -> bytes:
    """`message`, with lines ended by CRLF.

    Raises:
        UnwritableMail: a header cannot be written, or it holds more than a text and a page.
    """
    text, html = _part(b"plain", str(message.body)), _html_of(message)
    return b"".join([*_headers(message), *body_of(text, html)])


def envelope_sender(message: EmailMessage) -> str:
    """The address that `message` comes from."""
    return parseaddr(message.from_email)[1]


def _headers(message: EmailMessage) -> Iterator[bytes]:
    title, sender = parseaddr(message.from_email)
    yield words("Subject", str(message.subject))
    yield mailbox("From", title, sender)
    for name, addresses in (("To", message.to), ("Cc", message.cc), ("Reply-To", message.reply_to)):
        if addresses:
            yield verbatim(name, ", ".join(map(mailable, addresses)))
    given = {name.lower() for name in message.extra_headers}
    if "date" not in given:
        yield verbatim("Date", format_datetime(timezone.now()))
    if "message-id" not in given:
        yield verbatim("Message-ID", make_msgid(domain=sender.rpartition("@")[2]))
    for name, value in {**message.extra_headers, "MIME-Version": "1.0"}.items():
        yield verbatim(name, str(value))


def _html_of(message: EmailMessage) -> list[bytes]:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    kinds = [kind for _content, kind in alternatives]
    if message.attachments or kinds not in ([], ["text/html"]):
        raise ValueError(f"it has attachments, or parts of these kinds: {kinds}")
    return _part(b"html", str(alternatives[0][0])) if alternatives else []


def _part(subtype: bytes, text: str) -> list[bytes]:
    return [part_headers(subtype), quoted(with_last_newline(text))]
