"""The order in which names stand in a list, and the form in which they are looked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from django.utils.translation import get_language

#: Blanks, apostrophes and hyphens of every make. They separate and mean nothing else; they
#: are not left out, or ML10, which is Menaka to the UN, would read as ML-10, Taoudenni.
_SEPARATORS = re.compile("[\\s'`‘’ʼ‐-―−-]+")
#: Letters that Unicode does not take apart.
#: The tatweel of Arabic lengthens a word on the page and is none of its letters.
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "\u0640": ""})
#: What is a letter of its own, after the one that it looks like, to readers of a language.
_OWN_LETTERS: Mapping[str, Mapping[int, str]] = {
    "es": str.maketrans({"ñ": "n\ufffd", "Ñ": "N\ufffd"}),
}


def fold(text: str) -> str:
    """`text` without accents and case; apostrophes, hyphens and blanks are one blank or none."""
    apart = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    letters = (c for c in apart if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", "".join(letters)).strip().casefold()


def collation_key(name: str) -> tuple[str, str]:
    """What to sort `name` by: its letters, as the active language has them; accents last."""
    own_letters = _OWN_LETTERS.get(get_language() or "", {})
    return fold(name.translate(own_letters)), name


def in_order(names: Iterable[str]) -> list[str]:
    """`names` as a reader of the active language looks for them: Ségou, Sénégal, Sikasso."""
    return sorted(names, key=collation_key)
