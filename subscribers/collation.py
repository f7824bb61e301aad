"""The order in which names stand in a list, and the form in which they are looked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Blanks, apostrophes and hyphens of every make. They separate and mean nothing else; they
#: are not left out, or ML10, which is Menaka to the UN, would read as ML-10, Taoudenni.
_SEPARATORS = re.compile("[\\s'`‘’ʼ‐-―−-]+")
#: Letters that Unicode does not take apart.
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})


def fold(text: str) -> str:
    """`text` without accents and case; apostrophes, hyphens and blanks are one blank or none."""
    apart = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    letters = (c for c in apart if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", "".join(letters)).strip().casefold()


def collation_key(name: str) -> tuple[str, str]:
    """What to sort `name` by: its letters, as English and French do; accents decide last."""
    return fold(name), name


def in_order(names: Iterable[str]) -> list[str]:
    """`names` as a reader of English or French looks for them: Ségou, Sénégal, Sikasso."""
    return sorted(names, key=collation_key)
