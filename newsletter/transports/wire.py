"""An edition as the bytes that go over the wire, made once and filled for every reader.

Both parts are quoted-printable with lines of at most 76 characters. What is constant in them
is encoded once; a reader's values stand between soft line breaks, so that each piece is
encoded by itself and can take its place without moving the others.
"""

from __future__ import annotations

import html
import re
from binascii import b2a_qp
from collections.abc import Callable
from email.header import Header
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Self

from newsletter.rendering.slots import OPEN, Slot, fill, replace_marks
from newsletter.transports.base import Copy, Parcel
from newsletter.transports.messages import by_mail, common_headers, list_unsubscribe

#: What ends a message in SMTP. No line of ours starts with a dot, so none has to be doubled.
END_OF_DATA = b".\r\n"

#: In no quoted-printable text does "=_" occur.
_BOUNDARY = b"=_alternative"
_OPENING, _CLOSING = b"--" + _BOUNDARY + b"\r\n", b"--" + _BOUNDARY + b"--\r\n"
_ALTERNATIVES = b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'

_NEWLINE = re.compile("\r\n?|\n")
_LEADING_DOTS = re.compile(rb"^\.+", re.MULTILINE)
#: b2a_qp does not count that a space at the end of a line grows when it is encoded.
_TOO_LONG = re.compile(rb"^(.{74,})(=20|=09)$", re.MULTILINE)
#: What the whole world can mail without quotes (RFC 5321 §4.1.2, Dot-string).
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)
#: What stands in a Subject as it is, and can be folded at its spaces.
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}( [!-~]{1,60})*")
#: RFC 5322 §2.1.1, with its line ending.
_LONGEST_LINE = 1000


class Compiled:
    """The message that every copy of one parcel shares, with room for what differs."""

    def __init__(self, parcel: Parcel, pieces: list[bytes], values: list[_Value]) -> None:
        #: The address it comes from, for the envelope.
        self.sender = _mailable(parseaddr(parcel.from_address)[1])
        self._subject = parcel.subject
        # Most subjects have no slots and are the same for everyone.
        self._subject_line = None if OPEN in parcel.subject else _subject(parcel.subject)
        self._by_mail = by_mail(parcel)
        self._pieces = pieces
        self._values = values

    @classmethod
    def of(cls, parcel: Parcel) -> Self:
        """Encode what the copies of `parcel` have in common.

        Raises:
            ValueError: a header cannot be written, or a mark names no slot.
        """
        pieces: list[bytes | _Value] = [_common_headers(parcel)]
        text = _part(b"plain", parcel.text, _quoted_value)
        if parcel.html:
            alternative = _part(b"html", parcel.html, _quoted_html)
            pieces += [_ALTERNATIVES, _OPENING, *text, b"\r\n", _OPENING]
            pieces += [*alternative, b"\r\n", _CLOSING]
        else:
            pieces += text
        return cls(parcel, *_joined(pieces))

    def message(self, copy: Copy) -> bytes:
        """The message of `copy`, every slot filled, lines ended by CRLF.

        Raises:
            KeyError: a slot has no value.
            ValueError: a value cannot stand in a header.
        """
        return b"".join(self._filled(copy))

    def smtp_data(self, copy: Copy) -> bytes:
        """The message of `copy` as it follows DATA, up to and with the dot that ends it.

        Raises as :meth:`message` does.
        """
        return b"".join([*self._filled(copy), END_OF_DATA])

    def _filled(self, copy: Copy) -> list[bytes]:
        pieces = self._pieces.copy()
        pieces[0] = self._own_headers(copy)
        for value in self._values:
            written = value.write(copy.values[value.slot])
            for place in value.places:
                pieces[place] = written
        return pieces

    def _own_headers(self, copy: Copy) -> bytes:
        subject = self._subject_line or _subject(fill(self._subject, copy.values))
        link = copy.values[Slot.UNSUBSCRIBE_URL]
        return (
            subject
            + _verbatim("To", _mailable(copy.address))
            + _verbatim("Message-ID", f"<{copy.message_id}>")
            + _verbatim("List-Unsubscribe", list_unsubscribe(link, self._by_mail))
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
    first, *others = replace_marks(_with_last_newline(text), cut).split(OPEN)
    pieces: list[bytes | _Value] = [_part_headers(subtype), _quoted(first)]
    for value, constant in zip(found, others, strict=True):
        pieces += [value, _quoted(constant)]
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


def _common_headers(parcel: Parcel) -> bytes:
    headers = {
        "From": _mailbox(parcel.from_address),
        "Reply-To": _mailbox(parcel.reply_to),
        **common_headers(parcel),
        "MIME-Version": "1.0",
    }
    return b"".join(_verbatim(name, value) for name, value in headers.items())


def _part_headers(subtype: bytes) -> bytes:
    return (
        b"Content-Type: text/" + subtype + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


def _mailable(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"This is no address that mail can be sent with: {address!r}")
    return address


def _mailbox(value: str) -> str:
    """`value`, with a name beyond ASCII encoded as RFC 2047 wants it."""
    return value if value.isascii() else formataddr(parseaddr(value))


def _verbatim(name: str, value: str) -> bytes:
    """A header that mail programs read as it stands: never encoded, never folded."""
    line = f"{name}: {value}\r\n"
    if not value.isascii() or not value.isprintable() or len(line) > _LONGEST_LINE:
        raise ValueError(f"This cannot stand in the header {name}: {value!r}")
    return line.encode()


def _subject(subject: str) -> bytes:
    """The Subject, folded; encoded as RFC 2047 wants it unless it is plain words."""
    if "\r" in subject or "\n" in subject:
        raise ValueError(f"A subject is one line: {subject!r}")
    plain = _PLAIN_WORDS.fullmatch(subject) and "=?" not in subject
    header = Header(subject, "us-ascii" if plain else "utf-8", header_name="Subject")
    return b"Subject: %s\r\n" % header.encode(linesep="\r\n").encode()


# Two readers often have the same regions or day, and a link stands in both parts.
@lru_cache(maxsize=512)
def _quoted_value(value: str) -> bytes:
    return _quoted(value)


def _quoted_html(value: str) -> bytes:
    return _quoted_value(html.escape(value))


def _quoted(text: str) -> bytes:
    """`text` in quoted-printable, from the start of a line to the start of another."""
    # The "=", encoded and cut off, leaves room for the soft line break at the end.
    encoded = b2a_qp(_NEWLINE.sub("\n", text).encode() + b"=")[:-3]
    encoded = _TOO_LONG.sub(rb"\1=\n\2", encoded)
    # To SMTP, a dot at the start of a line means something.
    encoded = _LEADING_DOTS.sub(lambda dots: b"=2E=\n" * len(dots[0]), encoded)
    if encoded and not encoded.endswith(b"\n"):
        encoded += b"=\n"
    return encoded.replace(b"\n", b"\r\n")


def _with_last_newline(text: str) -> str:
    return text if text.endswith(("\n", "\r")) else text + "\n"
