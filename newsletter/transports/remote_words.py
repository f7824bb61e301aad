"""What mail services say, made fit to be stored: they say it in bytes of their own choice."""

from __future__ import annotations

import re

#: PostgreSQL stores no NUL, and no database a half of a character.
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")

#: Whatever could be an address, with what encloses it.
_ADDRESS = re.compile(r"<?[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+>?")


def storable(said: object, length: int) -> str:
    """`said` as text of at most `length` characters; empty for None."""
    # Of nearly every copy nothing is said.
    return "" if said is None or said == "" else _NOT_STORABLE.sub("", str(said))[:length]


def without_addresses(said: str) -> str:
    """`said` with each address in it left out, for what is kept longer than its reader."""
    return _ADDRESS.sub("…", said)
