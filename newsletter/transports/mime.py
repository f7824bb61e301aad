"""The one writer of mail: its headers and its texts as 7-bit MIME.

All of it is ASCII in lines that no relay breaks: nothing on the way has a reason to convert a
message, which would break its signature (RFC 6376 §5.3).
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from email.header import Header
from email.utils import quote
from typing import TypeVar

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import UnwritableMail
from subscribers.addresses import is_mailable

_Piece = TypeVar("_Piece")

#: In no quoted-printable text does "=_" occur.
_BOUNDARY = b"=_alternative"
_OPENING, _CLOSING = b"--" + _BOUNDARY + b"\r\n", b"--" + _BOUNDARY + b"--\r\n"
_ALTERNATIVES = b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'

_NEWLINE = re.compile("\r\n?|\n")
#: To SMTP a dot at the start of a line means something, and to mailboxes on disk "From "
#: (RFC 2049 §3).
_LINE_STARTS = re.compile(rb"^(?:\.*From |\.+)", re.MULTILINE)
_STARTS = (b".", b"From ")
#: What quoted-printable leaves as it is, but for the breaking of lines.
_AS_IT_IS = re.compile(r"[!-<>-~]+")
#: b2a_qp does not count that a space at the end of a line grows when it is encoded.
_TOO_LONG = re.compile(rb"^(.{74,})(=20|=09)$", re.MULTILINE)

#: What stands in a header of words as it is, and can be folded at its spaces.
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}( [!-~]{1,60})*")
#: A name that needs no quotes (RFC 5322 §3.2.3).
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+( [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LETTERS = re.compile(r"[ -~]*")
#: What ends a line, for any program that reads it.
BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

#: RFC 2047 §2, for a line with an encoded word in it.
_LINE = 76
#: RFC 5322 §2.1.1, with its line ending.
_LONGEST_LINE = 1000


def mailable(address: str) -> str:
    """`address`, which the whole world can mail as it stands.

    Raises:
        UnwritableMail: it is not like that.
    """
    if not is_mailable(address):
        raise UnwritableMail(repr(address), Obstacle.ADDRESS)
    return address


def verbatim(name: str, value: str) -> bytes:
    """A header that mail programs read as it stands: never encoded, never folded.

    Raises:
        UnwritableMail: it cannot stand there.
    """
    line = f"{name}: {value}\r\n"
    if not value.isascii() or not value.isprintable() or len(line) > _LONGEST_LINE:
        raise UnwritableMail(f"{name}: {value!r}", Obstacle.HEADER)
    return line.encode()


def each_verbatim(*headers: tuple[str, str]) -> bytes:
    """Those headers, :func:`verbatim`, one after the other.

    Raises:
        UnwritableMail: one of them cannot stand there.
    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    # At one look for all of them: every mail has some of its own.
    values = "".join([value for _name, value in headers])
    if len(lines) > _LONGEST_LINE or not values.isascii() or not values.isprintable():
        return b"".join([verbatim(name, value) for name, value in headers])
    return lines.encode()


def words(name: str, text: str) -> bytes:
    """A header of words, folded; encoded as RFC 2047 wants it unless they are plain.

    Raises:
        UnwritableMail: `text` is more than one line.
    """
    plain = _PLAIN_WORDS.fullmatch(text) and "=?" not in text
    return f"{name}: {_folded(name, text, encoded=not plain)}\r\n".encode()


def mailbox(name: str, title: str, address: str) -> bytes:
    """A header with one address, and the `title` of who has it, if there is one.

    Raises:
        UnwritableMail: either cannot stand there.
    """
    if not title:
        return verbatim(name, mailable(address))
    if not _LETTERS.fullmatch(title) or "=?" in title:
        title = _folded(name, title, encoded=True)
    elif not _ATOMS.fullmatch(title):
        title = f'"{quote(title)}"'
    line = f"{name}: {title} <{mailable(address)}>\r\n"
    if len(line.rpartition("\r\n ")[2]) > _LINE + 2:
        line = f"{name}: {title}\r\n <{address}>\r\n"
    return line.encode()


def _folded(name: str, text: str, *, encoded: bool) -> str:
    if BREAKS.search(text):
        raise UnwritableMail(f"{name}: {text!r}", Obstacle.LINES)
    header = Header(text, "utf-8" if encoded else "us-ascii", _LINE, header_name=name)
    return header.encode(linesep="\r\n")


def body_of(text: Sequence[_Piece], html: Sequence[_Piece]) -> list[_Piece | bytes]:
    """What follows the headers of a message: its `text`, and its `html` if there is any.

    Of each part, what :func:`part_headers` gives and what is written after that.
    """
    if not html:
        return [*text]
    return [_ALTERNATIVES, _OPENING, *text, b"\r\n", _OPENING, *html, b"\r\n", _CLOSING]


def part_headers(subtype: bytes) -> bytes:
    """What stands above a text, as :func:`quoted` writes it."""
    return (
        b"Content-Type: text/" + subtype + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


def quoted(text: str) -> bytes:
    """`text` in quoted-printable, from the start of a line to the start of another."""
    # A link, above all, of which every mail has its own.
    if _AS_IT_IS.fullmatch(text):
        if len(text) <= 75 and text[0] != ".":
            return f"{text}=\r\n".encode()
        lines = [text[at : at + 75] for at in range(0, len(text), 75)]
        if not any(line[0] == "." for line in lines):
            return "=\r\n".join([*lines, ""]).encode()
    if "\r" in text:
        text = _NEWLINE.sub("\n", text)
    # The "=", encoded and cut off, leaves room for the soft line break at the end.
    encoded = b2a_qp(text.encode() + b"=")[:-3]
    # To look whether there is any is much less than to go through all lines.
    if b"=20\n" in encoded or b"=09\n" in encoded:
        encoded = _TOO_LONG.sub(rb"\1=\n\2", encoded)
    if encoded.startswith(_STARTS) or b"\n." in encoded or b"\nFrom " in encoded:
        encoded = _LINE_STARTS.sub(_disguised, encoded)
    if encoded and not encoded.endswith(b"\n"):
        encoded += b"=\n"
    return encoded.replace(b"\n", b"\r\n")


def _disguised(start: re.Match[bytes]) -> bytes:
    # On lines of their own: what follows may be as long as a line can be.
    dots = b"=2E=\n" * start[0].count(b".")
    return dots + b"=46=\nrom " if start[0].endswith(b"From ") else dots


def with_last_newline(text: str) -> str:
    return text if text.endswith(("\n", "\r")) else text + "\n"
