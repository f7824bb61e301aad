"""Choosing among texts that say the same in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

#: What is shown where there is nothing in the language wanted.
LAST_RESORT = "en"

Said = TypeVar("Said")


def in_language(texts: Mapping[str, Said], language: str) -> Said:
    """That of `texts` for the BCP 47 tag `language`, or for the next wider one that is there.

    As RFC 4647 looks it up: pt-BR, then pt, then English. Case plays no part.

    Raises:
        KeyError: it is in none of these.
    """
    known = {tag.lower(): text for tag, text in texts.items()}
    wanted = language.lower().replace("_", "-")
    while wanted and wanted not in known:
        wanted = wanted.rpartition("-")[0]
    return known[wanted or LAST_RESORT]
