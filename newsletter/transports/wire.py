"""Editions as the bytes that go over the wire, made once and filled for every reader.

Both parts are quoted-printable with lines of at most 76 characters. What is constant in them
is encoded once, piece by piece; a reader's values stand between soft line breaks, so that each
is encoded by itself and can take its place without moving the others.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import cast

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.slots import MARK, OPEN, Slot, fill
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    UnmailableAddress,
    writing,
)
from newsletter.transports.messages import (
    by_mail,
    common_headers,
    edition_headers,
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
    """The messages of one batch: what they share is written once, with room for what differs."""

    @writing
    def __init__(self, batch: OutgoingBatch) -> None:
        """Write what all of `batch` shares, and its first edition.

        Raises:
            UnwritableMail: a header cannot be written, or nobody could be sent that edition.
        """
        #: The address it comes from, for the envelope.
        self.sender = mailable(batch.from_address)
        self._editions = batch.editions
        self._common_headers = _common_headers(batch)
        self._by_mail = by_mail(batch)
        # Copies of one edition stand side by side: the last one is all that is worth keeping.
        self._last: tuple[int, _Edition] | None = None
        if batch.copies:
            self._edition(batch.copies[0].edition)

    def message(self, copy: OutgoingMessage) -> bytes:
        """The message of `copy`, every slot filled, lines ended by CRLF.

        Raises:
            UnmailableAddress: it cannot be addressed to its reader.
            UnwritableMail: a slot has no value, or one that cannot stand in a header; or nobody
                could be sent its edition.
        """
        return b"".join(self._filled(copy))

    def smtp_data(self, copy: OutgoingMessage) -> bytes:
        """The message of `copy` as it follows DATA, up to and with the dot that ends it.

        Raises as :meth:`message` does.
        """
        return b"".join([*self._filled(copy), END_OF_DATA])

    @writing
    def _filled(self, copy: OutgoingMessage) -> list[bytes]:
        if not is_mailable(copy.address):
            raise UnmailableAddress(repr(copy.address), Obstacle.ADDRESS)
        edition = self._edition(copy.edition)
        return [edition.subject(copy), self._own_headers(copy), *edition.filled(copy)]

    def _edition(self, number: int) -> _Edition:
        if self._last is None or self._last[0] != number:
            self._last = number, _Edition(self._editions[number], self._common_headers)
        return self._last[1]

    def _own_headers(self, copy: OutgoingMessage) -> bytes:
        return (
            verbatim("To", copy.address)
            + verbatim("Message-ID", f"<{copy.message_id}>")
            + verbatim("List-Unsubscribe", list_unsubscribe(copy, self._by_mail))
            + b"".join(verbatim(name, value) for name, value in thread_headers(copy).items())
        )


class _Edition:
    """All of a message but what stands above the headers of its batch."""

    def __init__(self, edition: OutgoingEdition, common_headers: bytes) -> None:
        self._subject = edition.subject
        # Most subjects have no slots and are the same for everyone.
        self._subject_line = None if OPEN in edition.subject else words("Subject", edition.subject)
        text = _part(b"plain", edition.text, _quoted_value)
        html = _part(b"html", edition.html, _quoted_html) if edition.html else []
        headers = [verbatim(name, value) for name, value in edition_headers(edition).items()]
        self._pieces, self._values = _joined([common_headers, *headers, *body_of(text, html)])

    def subject(self, copy: OutgoingMessage) -> bytes:
        return self._subject_line or words("Subject", fill(self._subject, copy.values))

    def filled(self, copy: OutgoingMessage) -> list[bytes]:
        """The rest, with the values of `copy` in their places."""
        pieces = self._pieces.copy()
        for value in self._values:
            written = value.write(copy.values[value.slot])
            for place in value.places:
                pieces[place] = written
        return pieces


#: How a part of a message writes the values in it.
_Write = Callable[[str], bytes]


class _Value:
    """A reader's value in one of the parts: how it is written there, and at which places."""

    def __init__(self, slot: Slot, write: _Write) -> None:
        self.slot = slot
        self.write = write
        self.places: list[int] = []


def _part(subtype: bytes, pieces: Sequence[str], write: _Write) -> list[bytes | _Value]:
    """A part of the message: its headers, its constant pieces, and its values between them."""
    values = {slot: _Value(slot, write) for slot in Slot}
    written = (one for piece in _with_last_newline(pieces) for one in ENCODED.of(piece))
    return [
        part_headers(subtype),
        *(one if isinstance(one, bytes) else values[one] for one in written),
    ]


def _with_last_newline(pieces: Sequence[str]) -> list[str]:
    *others, last = [piece for piece in pieces if piece] or [""]
    return [*others, with_last_newline(last)]


def _joined(pieces: Iterable[bytes | _Value]) -> tuple[list[bytes], list[_Value]]:
    """`pieces` with neighbours joined and the places of values empty, and the values."""
    places: list[bytes] = []
    values: dict[_Value, None] = {}
    for constant, neighbours in groupby(pieces, lambda piece: isinstance(piece, bytes)):
        if constant:
            places.append(b"".join(cast(Iterable[bytes], neighbours)))
            continue
        for value in cast(Iterable[_Value], neighbours):
            values[value] = None
            value.places.append(len(places))
            places.append(b"")
    return places, list(values)


class Encodings:
    """Pieces as they are written, each worked out once while there is room to keep it.

    They begin and end at the start of a line, so they can stand after one another. Most are
    parts that many editions of a mailing share.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._kept: dict[str, Sequence[bytes | Slot]] = {}

    def of(self, piece: str) -> Sequence[bytes | Slot]:
        """What is constant in `piece`, encoded, and the slots in between.

        Raises:
            ValueError: a mark names no slot.
        """
        if (known := self._kept.get(piece)) is not None:
            return known
        written = _encoded(piece)
        if self._taken > self._room:
            self._kept, self._taken = {}, 0
        self._kept[piece] = written
        self._taken += 2 * len(piece)
        return written


#: Those of this process, in some 32 MB at most.
ENCODED = Encodings(room=32_000_000)


def _encoded(piece: str) -> Sequence[bytes | Slot]:
    first, *others = MARK.split(piece)
    written: list[bytes | Slot] = [quoted(first)]
    for name, constant in zip(others[::2], others[1::2], strict=True):
        written += [Slot(name), quoted(constant)]
    return [one for one in written if one]


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
