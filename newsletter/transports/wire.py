"""An edition as the bytes that go over the wire, made once and filled for every reader.

Both parts are quoted-printable with lines of at most 76 characters. What is constant in them
is encoded once; a reader's values stand between soft line breaks, so that each piece is
encoded by itself and can take its place without moving the others.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import lru_cache
from typing import Self

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.slots import OPEN, Slot, fill, replace_marks
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingMessage,
    UnmailableAddress,
    writing,
)
from newsletter.transports.messages import (
    by_mail,
    common_headers,
    list_unsubscribe,
    thread_headers,
)
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
from subscribers.addresses import is_mailable

#: What ends a message in SMTP. No line of ours starts with a dot, so none has to be doubled.
END_OF_DATA = b".\r\n"


class Compiled:
    """The message that every copy of one batch shares, with room for what differs."""

    def __init__(self, batch: OutgoingBatch, pieces: list[bytes], values: list[_Value]) -> None:
        #: The address it comes from, for the envelope.
        self.sender = mailable(batch.from_address)
        self._subject = batch.subject
        # Most subjects have no slots and are the same for everyone.
        self._subject_line = None if OPEN in batch.subject else words("Subject", batch.subject)
        self._by_mail = by_mail(batch)
        self._pieces = pieces
        self._values = values

    @classmethod
    @writing()
    def of(cls, batch: OutgoingBatch) -> Self:
        """Encode what the copies of `batch` have in common.

        Raises:
            UnwritableMail: a header cannot be written, or a mark names no slot.
        """
        text = _part(b"plain", batch.text, _quoted_value)
        html = _part(b"html", batch.html, _quoted_html) if batch.html else []
        return cls(batch, *_joined([_common_headers(batch), *body_of(text, html)]))

    def message(self, copy: OutgoingMessage) -> bytes:
        """The message of `copy`, every slot filled, lines ended by CRLF.

        Raises:
            UnmailableAddress: it cannot be addressed to its reader.
            UnwritableMail: a slot has no value, or one that cannot stand in a header.
        """
        return b"".join(self._filled(copy))

    def smtp_data(self, copy: OutgoingMessage) -> bytes:
        """The message of `copy` as it follows DATA, up to and with the dot that ends it.

        Raises as :meth:`message` does.
        """
        return b"".join([*self._filled(copy), END_OF_DATA])

    @writing()
    def _filled(self, copy: OutgoingMessage) -> list[bytes]:
        if not is_mailable(copy.address):
            raise UnmailableAddress(repr(copy.address), Obstacle.ADDRESS)
        pieces = self._pieces.copy()
        pieces[0] = self._own_headers(copy)
        for value in self._values:
            written = value.write(copy.values[value.slot])
            for place in value.places:
                pieces[place] = written
        return pieces

    def _own_headers(self, copy: OutgoingMessage) -> bytes:
        subject = self._subject_line or words("Subject", fill(self._subject, copy.values))
        return (
            subject
            + verbatim("To", copy.address)
            + verbatim("Message-ID", f"<{copy.message_id}>")
            + verbatim("List-Unsubscribe", list_unsubscribe(copy, self._by_mail))
            + b"".join(verbatim(name, value) for name, value in thread_headers(copy).items())
        )


class _Value:
    """A reader's value in one of the parts: how it is written there, and at which places."""

    def __init__(self, slot: Slot, write: Callable[[str], bytes]) -> None:
        self.slot = slot
        self.write = write
        self.places: list[int] = []


def _part(subtype: bytes, text: str, write: Callable[[str], bytes]) -> list[bytes | _Value]:
    """A part of the message: its headers, its constant pieces, and its values between them."""
    values: dict[Slot, _Value] = {}
    found: list[_Value] = []

    def cut(slot: Slot) -> str:
        found.append(values.setdefault(slot, _Value(slot, write)))
        return OPEN

    # All marks are replaced, so what OPEN still stands in the text is a cut.
    first, *others = replace_marks(with_last_newline(text), cut).split(OPEN)
    pieces: list[bytes | _Value] = [part_headers(subtype), quoted(first)]
    for value, constant in zip(found, others, strict=True):
        pieces += [value, quoted(constant)]
    return pieces


def _joined(pieces: list[bytes | _Value]) -> tuple[list[bytes], list[_Value]]:
    """`pieces` with neighbours joined and the places of values empty, and the values.

    The first place is empty too: for the headers that are a reader's own.
    """
    places = [b"", b""]
    values: list[_Value] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            places[-1] += piece
        else:
            if not piece.places:
                values.append(piece)
            piece.places.append(len(places))
            places += [b"", b""]
    return places, values


def _common_headers(batch: OutgoingBatch) -> bytes:
    headers = {**common_headers(batch), "MIME-Version": "1.0"}
    return b"".join(
        [
            mailbox("From", batch.from_name, batch.from_address),
            mailbox("Reply-To", "", batch.reply_to),
            *(verbatim(name, value) for name, value in headers.items()),
        ]
    )


# Two readers often have the same regions or day, and a link stands in both parts.
@lru_cache(maxsize=512)
def _quoted_value(value: str) -> bytes:
    return quoted(value)


def _quoted_html(value: str) -> bytes:
    return _quoted_value(html.escape(value))
