"""Which way a language is written, and how words that run the other way are held together.

Without isolates (Unicode Standard Annex #9), a Latin name in an Arabic sentence takes the commas,
brackets and numbers around it along, and they show in the wrong places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache

from django.conf import settings
from django.utils.translation import get_language

#: The isolate that takes its direction from its first letter; those of a known direction; the end.
FSI, LRI, RLI, PDI = "\u2068", "\u2066", "\u2067", "\u2069"
_OPENING = (FSI, LRI, RLI)
_ANY_OPENING = re.compile(f"[{FSI}{LRI}{RLI}]")

#: ISO 639 codes of languages that are written from right to left, where no script is named,
#: beside those that Django knows.
_MORE_FROM_THE_RIGHT = frozenset({"dv", "ps", "sd", "syr", "yi"})
#: ISO 15924 codes of the scripts that are.
_SCRIPTS_FROM_THE_RIGHT = frozenset({"adlm", "arab", "hebr", "nkoo", "syrc", "thaa"})
#: Bidirectional classes of the letters of each direction.
_LETTERS = {"ltr": ("L",), "rtl": ("R", "AL")}


class Direction(StrEnum):
    """As HTML writes it in `dir`."""

    LTR = "ltr"
    RTL = "rtl"

    @property
    def start(self) -> str:
        """The side on which a line begins, as CSS and HTML name it."""
        return "left" if self == Direction.LTR else "right"

    @property
    def end(self) -> str:
        """The side on which a line ends."""
        return "right" if self == Direction.LTR else "left"

    @property
    def other(self) -> Direction:
        return Direction.RTL if self == Direction.LTR else Direction.LTR


@cache
def direction_of(language: str) -> Direction:
    """The direction of a language by its tag (BCP 47): “ar” and “az-Arab” run right to left."""
    first, *rest = language.lower().replace("_", "-").split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    known = {*settings.LANGUAGES_BIDI, *_MORE_FROM_THE_RIGHT}
    runs_left = script in _SCRIPTS_FROM_THE_RIGHT if script else first in known
    return Direction.RTL if runs_left else Direction.LTR


def active_direction() -> Direction:
    """The direction of the language that is active."""
    return direction_of(get_language() or "en")


class Isolated(str):
    """A text that was looked at already, and is held together where that is needed."""

    __slots__ = ()


def isolated(text: str) -> str:
    """`text`, held together where letters in it run against the language that is active."""
    return text if isinstance(text, Isolated) else _isolated_in(active_direction(), text)


def each_isolated(texts: Iterable[str]) -> list[str]:
    """Each of `texts`, :func:`isolated`."""
    texts = list(texts)
    if all(isinstance(one, Isolated) for one in texts):
        return texts
    direction = active_direction()
    return [one if isinstance(one, Isolated) else _isolated_in(direction, one) for one in texts]


# Most of it are names, which come again.
@lru_cache(maxsize=20_000)
def _isolated_in(direction: Direction, text: str) -> str:
    if direction == Direction.LTR and text.isascii():
        return text
    against = _LETTERS[direction.other]
    return held_together(text) if _has_letters(text, against) else text


def held_together(text: str) -> str:
    """`text` as a thing of its own, whichever way it runs."""
    return f"{FSI}{text}{PDI}"


def left_to_right(text: str) -> str:
    """A number with its signs as it reads in any language: between Arabic words too."""
    return f"{LRI}{text}{PDI}" if active_direction() == Direction.RTL else text


def lines_in(language: str, text: str) -> str:
    """Lines of `text`, which is in `language`, each as it reads among lines of the active one."""
    if not language or direction_of(language) == active_direction():
        return text
    opening = LRI if direction_of(language) == Direction.LTR else RLI
    return "\n".join(_opened(opening, line) + PDI if line else "" for line in text.split("\n"))


def whole_on_each_line(text: str) -> str:
    """`text` with what an end of line cuts in two held together on both lines.

    The end of a paragraph ends every isolate, and to a mail program each line may be one.
    """
    if not _ANY_OPENING.search(text):
        return text
    lines, still_open = [], ""
    for line in text.split("\n"):
        shown = _opened(still_open, line)
        still_open = _still_open(shown)
        lines.append(shown + PDI * len(still_open))
    return "\n".join(lines)


def without_isolates(text: str) -> str:
    """`text` as it is seen."""
    return text.translate(dict.fromkeys(map(ord, (*_OPENING, PDI))))


def _opened(isolates: str, line: str) -> str:
    """`line` with `isolates` before its first word: the indentation is of the lines around."""
    indentation = line[: len(line) - len(line.lstrip())]
    return f"{indentation}{isolates}{line.lstrip()}"


def _has_letters(text: str, classes: tuple[str, ...]) -> bool:
    """Whether a letter of those classes stands in `text` outside of any isolate."""
    depth = 0
    for character in text:
        depth += (character in _OPENING) - (character == PDI)
        if depth == 0 and unicodedata.bidirectional(character) in classes:
            return True
    return False


def _still_open(text: str) -> str:
    opened: list[str] = []
    for character in text:
        if character in _OPENING:
            opened.append(character)
        elif character == PDI and opened:
            opened.pop()
    return "".join(opened)
