"""The letters of a short text as they stand on a picture, from left to right.

Pillow's basic layout sets one letter after the other as they come. Arabic letters join, and run
from the right: here each becomes the form that it has between its neighbours, as Unicode names
these forms, and runs are put in the order in which they are seen. It is the part of the
bidirectional algorithm (Unicode Standard Annex #9) that names, numbers and signs need: no levels
beyond two, no controls. Vowel marks are left out, as they are in names on maps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby

from subscribers.directions import FSI, PDI, Direction, without_isolates

_TATWEEL = "\u0640"
#: Unicode's blocks of Arabic Presentation Forms-A and -B.
_FORMS = (range(0xFB50, 0xFE00), range(0xFE70, 0xFF00))
#: A name, which may be cut at its end, and a sign of no direction that stands for it meanwhile.
_HELD = re.compile(f"{FSI}([^{PDI}]*){PDI}?")
_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"
_ALEFS = "\u0622\u0623\u0625\u0627"
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


@lru_cache(maxsize=4096)
def as_drawn(text: str, direction: Direction) -> str:
    """`text`, which runs in `direction`, in the forms and the order in which it is seen.

    One name in it may be held together by isolates: it runs as its own first letter does.
    """
    name = _HELD.search(text)
    if name is None:
        return _ordered(text, direction)
    around = _ordered(_HELD.sub(_PLACE, text, count=1), direction)
    return around.replace(_PLACE, _ordered(name[1], _own_direction(name[1])))


def _ordered(text: str, direction: Direction) -> str:
    letters = "".join(letter for letter in without_isolates(text) if not _is_mark(letter))
    runs = _runs(_joined(letters), direction)
    return "".join(map(_as_seen, reversed(runs) if direction == Direction.RTL else runs))


def _own_direction(text: str) -> Direction:
    return next((d for d in _strong(text) if d), Direction.LTR)


def _as_seen(run: tuple[Direction, str]) -> str:
    direction, letters = run
    if direction == Direction.LTR:
        return letters
    words = [(is_number, "".join(some)) for is_number, some in groupby(letters, _is_digit)]
    return "".join(w if n else w[::-1].translate(_MIRRORED) for n, w in reversed(words))


def _runs(letters: str, base: Direction) -> list[tuple[Direction, str]]:
    """`letters` in pieces of one direction; signs between two that agree go along with them."""
    strong = list(_strong(letters))
    directions = [_of(strong, place, base) for place in range(len(letters))]
    pairs = zip(directions, letters, strict=True)
    return [(d, "".join(c for _d, c in some)) for d, some in groupby(pairs, lambda pair: pair[0])]


def _strong(letters: str) -> Iterator[Direction | None]:
    """The direction of each letter; none for signs, and for brackets and blanks."""
    last: Direction | None = None
    for letter in letters:
        if _runs_left(letter):
            last = Direction.RTL
        elif unicodedata.bidirectional(letter) == "L":
            last = Direction.LTR
        elif _is_digit(letter):
            # A number goes along with the word before it, and is never turned itself.
            yield last
            continue
        else:
            yield None
            continue
        yield last


def _of(strong: Sequence[Direction | None], place: int, base: Direction) -> Direction:
    found = strong[place]
    if found is not None:
        return found
    before = next((d for d in reversed(strong[:place]) if d), base)
    after = next((d for d in strong[place:] if d), base)
    return before if before == after else base


def _joined(letters: str) -> str:
    """Each Arabic letter in the form that its neighbours give it."""
    drawn, place = [], 0
    while place < len(letters):
        is_held = place > 0 and _joins_next(letters[place - 1])
        length = 2 if ("isolated", letters[place : place + 2]) in _forms() else 1
        piece = letters[place : place + length]
        place += length
        holds = _joins_next(piece[-1]) and place < len(letters) and _joins_last(letters[place])
        drawn.append(_forms().get((_form(is_held and _joins_last(piece[0]), holds), piece), piece))
    return "".join(drawn)


def _form(is_held: bool, holds: bool) -> str:
    if is_held:
        return "medial" if holds else "final"
    return "initial" if holds else "isolated"


def _joins_next(letter: str) -> bool:
    return letter == _TATWEEL or ("initial", letter) in _forms()


def _joins_last(letter: str) -> bool:
    return letter == _TATWEEL or ("final", letter) in _forms()


@cache
def _forms() -> dict[tuple[str, str], str]:
    """The character for a form of a letter, or of the pair lam and alef."""
    forms: dict[tuple[str, str], str] = {}
    for character in (chr(number) for block in _FORMS for number in block):
        kind, *letters = unicodedata.decomposition(character).split()[:4] or [""]
        plain = "".join(chr(int(letter, 16)) for letter in letters)
        if len(plain) == 1 or (len(plain) == 2 and plain[0] == "\u0644" and plain[1] in _ALEFS):
            forms[kind.strip("<>"), plain] = character
    return forms


def _runs_left(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL")


def _is_digit(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("EN", "AN")


def _is_mark(letter: str) -> bool:
    """Whether it is a vowel mark of Arabic or Hebrew; accents of Latin letters stay."""
    return unicodedata.bidirectional(letter) == "NSM" and "\u0591" <= letter <= "\u06ed"
