"""Editions as the bytes that go over the wire, made once and filled for every reader.

Both parts are quoted-printable with lines of at most 76 characters. What is constant in them
is encoded once, piece by piece; a reader's values stand between soft line breaks, so that each
is encoded by itself and can take its place without moving the others.
"""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache

from newsletter.models.obstacles import Obstacle
from newsletter.rendering.fragments import Fragment
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
    each_verbatim,
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
        self._readers = Counter(copy.edition for copy in batch.copies)
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
            edition = _Edition(self._editions[number], self._common_headers)
            if self._readers[number] > 1:
                edition.join_neighbours()
            self._last = number, edition
        return self._last[1]

    def _own_headers(self, copy: OutgoingMessage) -> bytes:
        return each_verbatim(
            ("To", copy.address),
            ("Message-ID", f"<{copy.message_id}>"),
            ("List-Unsubscribe", list_unsubscribe(copy, self._by_mail)),
            *thread_headers(copy).items(),
        )


class _Edition:
    """All of a message but what stands above the headers of its batch."""

    def __init__(self, edition: OutgoingEdition, common_headers: bytes) -> None:
        self._subject = edition.subject
        # Most subjects have no slots and are the same for everyone.
        self._subject_line = None if OPEN in edition.subject else _subject(edition.subject)
        text = IN_TEXT.part(b"plain", edition.text)
        html = IN_HTML.part(b"html", edition.html) if edition.html else []
        headers = [verbatim(name, value) for name, value in edition_headers(edition).items()]
        #: What is constant, and nothing yet where a value goes.
        self._pieces = pieces = [common_headers, *headers]
        self._places: dict[_Value, list[int]] = defaultdict(list)
        # Where a reader has an edition of their own, this is done for each reader.
        for one in body_of(text, html):
            if isinstance(one, bytes):
                pieces.append(one)
                continue
            constant, values = one
            for place, value in values:
                self._places[value].append(len(pieces) + place)
            pieces += constant

    def join_neighbours(self) -> None:
        """Make one piece of what stands between two values: it costs less for each reader."""
        pieces, places = self._pieces, self._places
        joined: list[bytes] = []
        at = {place: value for value, of in places.items() for place in of}
        begun = 0
        self._pieces, self._places = joined, defaultdict(list)
        for place in sorted(at):
            joined += [b"".join(pieces[begun:place]), b""]
            self._places[at[place]].append(len(joined) - 1)
            begun = place + 1
        joined.append(b"".join(pieces[begun:]))

    def subject(self, copy: OutgoingMessage) -> bytes:
        return self._subject_line or words("Subject", fill(self._subject, copy.values))

    def filled(self, copy: OutgoingMessage) -> list[bytes]:
        """The rest, with the values of `copy` in their places."""
        pieces = self._pieces.copy()
        for value, places in self._places.items():
            written = value.write(copy.values[value.slot])
            for place in places:
                pieces[place] = written
        return pieces


class _Value:
    """A reader's value in one of the parts, and how it is written there."""

    def __init__(self, slot: Slot, write: Callable[[str], bytes]) -> None:
        self.slot = slot
        self.write = write


#: What is constant in a piece, encoded, with nothing where a value goes; and those places.
_Written = tuple[list[bytes], list[tuple[int, _Value]]]


class Encodings:
    """Pieces of one kind of part as they are written there.

    They begin and end at the start of a line, so they can stand after one another. Those that
    many editions of a mailing share are worked out once while there is room to keep them.
    """

    def __init__(self, write: Callable[[str], bytes], room: int) -> None:
        """`write` says how readers' values are written; `room` is in bytes."""
        self._values = {slot: _Value(slot, write) for slot in Slot}
        self._room = room
        self._taken = 0
        self._kept: dict[str, _Written] = {}
        self._short = lru_cache(maxsize=512)(self._encoded)

    def part(self, subtype: bytes, pieces: Sequence[str]) -> list[bytes | _Written]:
        """A part of a message, its headers first.

        Raises:
            ValueError: a mark names no slot.
        """
        kept = self._kept.get
        written = [kept(piece) or self._written(piece) for piece in _with_last_newline(pieces)]
        return [part_headers(subtype), *written]

    def _written(self, piece: str) -> _Written:
        if not isinstance(piece, Fragment):
            return self._short(piece) if len(piece) <= SHORT else self._encoded(piece)
        written = self._encoded(piece)
        self._keep(piece, written)
        return written

    def _keep(self, piece: Fragment, written: _Written) -> None:
        if self._taken > self._room:
            self._kept, self._taken = {}, 0
        self._kept[piece] = written
        self._taken += 2 * len(piece)

    def _encoded(self, piece: str) -> _Written:
        if OPEN not in piece:
            return [quoted(piece)], []
        cut = MARK.split(piece)
        # By cutting, what stands between two marks comes first, then the name of one.
        values = [(at, self._values[Slot(cut[at])]) for at in range(1, len(cut), 2)]
        pieces = [b"" if at % 2 else quoted(one) for at, one in enumerate(cut)]
        return pieces, values


def _with_last_newline(pieces: Sequence[str]) -> Sequence[str]:
    if pieces and pieces[-1].endswith(("\n", "\r")):
        return pieces
    *others, last = [piece for piece in pieces if piece] or [""]
    return [*others, with_last_newline(last)]


# Most editions of a mailing have the same.
@lru_cache(maxsize=64)
def _subject(plain: str) -> bytes:
    return words("Subject", plain)


# Two readers often have the same regions or day, and a link stands in both parts.
@lru_cache(maxsize=512)
def _quoted_value(value: str) -> bytes:
    return quoted(value)


def _quoted_html(value: str) -> bytes:
    return _quoted_value(html.escape(value))


#: What one edition says alone in so many letters it says twice, or another says it as well.
SHORT = 120
#: The encodings of this process, in some 32 MB at most.
IN_TEXT = Encodings(_quoted_value, room=12_000_000)
IN_HTML = Encodings(_quoted_html, room=20_000_000)


def _common_headers(batch: OutgoingBatch) -> bytes:
    headers = {**common_headers(batch), "MIME-Version": "1.0"}
    return b"".join(
        [
            mailbox("From", batch.from_name, batch.from_address),
            mailbox("Reply-To", "", batch.reply_to),
            *(verbatim(name, value) for name, value in headers.items()),
        ]
    )
