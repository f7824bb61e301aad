"""The order in which names stand in a list, and the form in which they are looked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.utils.translation import get_language

#: Blanks, apostrophes and hyphens of every make. They separate and mean nothing else; they
#: are not left out, or ML10, which is Menaka to the UN, would read as ML-10, Taoudenni.
_APOSTROPHES = "'`´‘’ʻʼʽʾʿ"
_SEPARATORS = re.compile(f"[\\s{_APOSTROPHES}‐-―−-]+")
_DROP_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
#: Letters that Unicode does not take apart, as those write who have no such keys.
_PLAIN = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "þ": "th",
        "Þ": "TH",
        "ð": "d",
        "Ð": "D",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "ħ": "h",
        "ə": "a",
        "Ə": "A",
    }
)
#: What writers of Arabic leave out or take one for the other: tatweel and the hamza alone go,
#: alef maksura is ya, ta marbuta is ha; the Persian kaf and ya are the Arabic ones. Hamza and
#: madda on a letter fall with its other marks.
_ARABIC = str.maketrans(
    {"ـ": "", "ء": "", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا"}
    # What is not seen comes along when text is pasted: marks of direction and of joining.
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\ufeff", "")
)
#: What is a letter of its own, after the one that it looks like, to readers of a language.
_OWN_LETTERS: Mapping[str, Mapping[int, str]] = {
    "es": str.maketrans({"ñ": "n\ufffd", "Ñ": "N\ufffd"}),
}


def fold(text: str) -> str:
    """`text` without accents, vowel marks and case.

    Apostrophes, hyphens and blanks are one blank or none.
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    letters = (c for c in apart if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", "".join(letters).translate(_ARABIC)).strip().casefold()


def without_apostrophes(text: str) -> str:
    """`text` as those write it who leave apostrophes out: Cote dIvoire."""
    return text.translate(_DROP_APOSTROPHES)


def collation_key(name: str) -> tuple[str, str]:
    """What to sort `name` by: its letters, as the active language has them; accents last."""
    return _key(name, get_language() or "")


def in_order(names: Iterable[str]) -> list[str]:
    """`names` as a reader of the active language looks for them: Ségou, Sénégal, Sikasso."""
    language = get_language() or ""
    return sorted(names, key=lambda name: _key(name, language))


# Lists are made of the same names again and again: those of regions.
@lru_cache(maxsize=20_000)
def _key(name: str, language: str) -> tuple[str, str]:
    return fold(name.translate(_OWN_LETTERS.get(language, {}))), name
