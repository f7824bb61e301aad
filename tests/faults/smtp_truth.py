"""What a mail relay really took, whatever it answered, and which words it was to know again."""

from __future__ import annotations

import binascii
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

#: A word that says which part of an issue stands here: see :mod:`tests.faults.choices`.
_WORD = re.compile(rb"X(?:sec\d+|trd\d+|everyone)X")
_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([^>]*)>")


def words_in(text: bytes) -> dict[str, int]:
    """How often each of those words is in `text`."""
    return dict(Counter(map(bytes.decode, _WORD.findall(text))))


@dataclass(frozen=True)
class Taken:
    """A message that the relay took."""

    message_id: str
    to: str
    sha256: str
    #: How often each of those words is in it.
    says: Mapping[str, int]


class Truth:
    """What was taken: in memory, and in a file where there is one."""

    def __init__(self, path: Path | None = None, *, fsync: bool = False) -> None:
        self.taken: list[Taken] = []
        self._fsync = fsync
        self._file = path.open("ab", buffering=0) if path else None

    def note(self, to: str, message: bytes) -> None:
        head, _empty_line, body = message.partition(b"\r\n\r\n")
        found = _MESSAGE_ID.search(head)
        digest = hashlib.sha256(body).hexdigest()
        said = words_in(binascii.a2b_qp(body))
        self.taken.append(Taken(found[1].decode() if found else "", to, digest, said))
        if self._file:
            self._file.write(json.dumps(asdict(self.taken[-1])).encode() + b"\n")
            if self._fsync:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file:
            self._file.close()
