"""What mail services say, made fit to be stored: they say it in bytes of their own choice."""

from __future__ import annotations

import re

#: PostgreSQL stores no NUL, and no database a half of a character.
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(said: object, length: int) -> str:
    """`said` as text of at most `length` characters; empty for None."""
    return "" if said is None else _NOT_STORABLE.sub("", str(said))[:length]
