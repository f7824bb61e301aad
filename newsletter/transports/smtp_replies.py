"""What a mail relay answers (RFC 5321 §4.2), put together from what arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import Explained

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r]*))?\r?")
#: More than any relay says before it comes to the point.
_LONGEST = 64 * 1024

#: How a relay says goodbye, to whatever it was asked.
CLOSING = 421


class Lost(Explained):
    """The connection is no good any more."""


class Reply(NamedTuple):
    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The reply on one line, as people look it up: `550 5.1.1 No such mailbox`."""
        return " ".join((str(self.code), *self.lines)).strip()


class Replies:
    """Bytes in, whole replies out."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that `data` completes.

        Raises:
            Lost: this is not how a relay answers.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            code, ends, text = _read(line)
            self._lines.append(text)
            if ends:
                yield Reply(code, tuple(self._lines))
                self._lines = []
        if len(self._rest) + sum(map(len, self._lines)) > _LONGEST:
            raise Lost(obstacle=Obstacle.ENDLESS)

    @property
    def in_between(self) -> bool:
        """Whether all that arrived has been given out."""
        return not self._rest and not self._lines


# A relay says the same to nearly every command.
@lru_cache(maxsize=256)
def _read(line: bytes) -> tuple[int, bool, str]:
    """The code in `line`, whether it is the last of a reply, and its text."""
    match = _LINE.fullmatch(line)
    if not match:
        raise Lost(_shown(line), Obstacle.UNREADABLE)
    code, more, text = match.groups(b"")
    return int(code), more != b"-", text.decode("utf-8", "replace")


def _shown(line: bytes) -> str:
    return line.strip()[:80].decode("ascii", "backslashreplace")
