"""Places in composed text where one reader's own values go.

An edition is composed once and holds marks; a reader's copy differs only in what fills
them. A mark is a name between two private-use characters, which editor text is stripped
of, so nobody can write one.

Two more such characters stand around what is for that one reader, marks and words about
them: a copy that anyone may read is without all of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import cycle

OPEN, CLOSE = "\ue000", "\ue001"
OWN_BEGINS, OWN_ENDS = "\ue002", "\ue003"
#: What stands for a part in a recipe (:mod:`newsletter.editions.recipes`).
PART = "\ue004"
_SIGNS = dict.fromkeys(map(ord, (OPEN, CLOSE, OWN_BEGINS, OWN_ENDS, PART)))
MARK = re.compile(f"{OPEN}([a-z_]+){CLOSE}")
#: With the line breaks that set it apart from what follows.
_OWN = re.compile(f"{OWN_BEGINS}[^{OWN_ENDS}]*{OWN_ENDS}\n*")


class Slot(StrEnum):
    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    #: The regions the reader chose, as they would say them: "Kayes, Segou and Senegal".
    CHOSEN_REGIONS = "chosen_regions"
    #: The day they confirmed, written out.
    SUBSCRIBED_ON = "subscribed_on"
    #: Of a correction, the edition in the browser that this reader was sent before.
    CORRECTED_URL = "corrected_url"
    #: The edition in the browser: the same for all its readers, and filled before their own.
    WEB_URL = "web_url"
    #: The picture of its map, and that for readers who have it dark: the same for all as well.
    MAP_URL = "map_url"
    DARK_MAP_URL = "dark_map_url"

    @property
    def mark(self) -> str:
        """What stands in the composed text for this slot."""
        return f"{OPEN}{self.value}{CLOSE}"


#: Addresses that all readers of an edition share.
SHARED = frozenset({Slot.WEB_URL, Slot.MAP_URL, Slot.DARK_MAP_URL})
_SHARED_MARK = re.compile(f"{OPEN}({'|'.join(sorted(SHARED))}){CLOSE}")


def without_marks(text: str) -> str:
    """`text` without the characters that marks are made of."""
    return text.translate(_SIGNS)


def own(text: str) -> str:
    """`text` as a personal block: for its one reader alone."""
    return f"{OWN_BEGINS}{text}{OWN_ENDS}"


def for_reader(text: str) -> str:
    """Composed `text` with what is for its reader, whose marks are still to be filled."""
    return text.replace(OWN_BEGINS, "").replace(OWN_ENDS, "")


def cut_at_shared(text: str) -> list[str]:
    """Composed `text` for its reader, and the slots in it whose values all readers share."""
    if OPEN not in text and OWN_BEGINS not in text and OWN_ENDS not in text:
        return [text]
    cut = _SHARED_MARK.split(for_reader(text))
    # By cutting, what stands between two marks comes first, then the name of one.
    named = zip(cycle([False, True]), cut, strict=False)
    return [Slot(one) if is_name else one for is_name, one in named if one]


def for_anyone(text: str) -> str:
    """Composed `text` without what is for its reader.

    Raises:
        ValueError: a value of their own was to come all the same.
    """
    shared = _OWN.sub("", text)
    if marks := set(MARK.findall(shared)) - SHARED:
        raise ValueError(f"Anyone may read this, and a reader's own value is in it: {marks}")
    return shared


def stands_alone(text: str) -> bool:
    """Whether what is a reader's own in composed `text` is all in blocks that it has whole."""
    shared = _OWN.sub("", text)
    is_balanced = {OWN_BEGINS, OWN_ENDS}.isdisjoint(shared)
    return is_balanced and set(MARK.findall(shared)) <= SHARED


def replace_marks(text: str, value_of: Callable[[Slot], str]) -> str:
    """`text` with each mark replaced by what `value_of` gives for its slot.

    Raises:
        ValueError: a mark names no slot.
    """
    return MARK.sub(lambda match: value_of(Slot(match[1])), text)


def fill(text: str, values: Mapping[Slot, str]) -> str:
    """A reader's copy of plain `text`.

    Raises:
        KeyError: a slot of the text has no value.
    """
    return replace_marks(text, values.__getitem__)


def fill_html(text: str, values: Mapping[Slot, str]) -> str:
    """A reader's copy of the HTML `text`; values are escaped, for text and attributes.

    Raises:
        KeyError: a slot of the text has no value.
    """
    return replace_marks(text, lambda slot: html.escape(values[slot]))


def fill_shared(text: str, values: Mapping[Slot, str]) -> str:
    """Plain `text` with the slots of `values` filled; the marks of others stay."""
    return replace_marks(text, lambda slot: values.get(slot, slot.mark))


def fill_shared_html(text: str, values: Mapping[Slot, str]) -> str:
    """The HTML `text` with the slots of `values` filled, escaped; the marks of others stay."""
    return fill_shared(text, {slot: html.escape(value) for slot, value in values.items()})
