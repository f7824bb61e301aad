"""Places in composed text where one reader's own values go.

An edition is composed once and holds marks; a reader's copy differs only in what fills
them. A mark is a name between two private-use characters, which editor text is stripped
of, so nobody can write one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from enum import StrEnum

OPEN, CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{OPEN}([a-z_]+){CLOSE}")


class Slot(StrEnum):
    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    #: The regions the reader chose, as he would say them: "Kayes, Segou and Senegal".
    CHOSEN_REGIONS = "chosen_regions"
    #: The day he confirmed, written out.
    SUBSCRIBED_ON = "subscribed_on"

    @property
    def mark(self) -> str:
        """What stands in the composed text for this slot."""
        return f"{OPEN}{self.value}{CLOSE}"


def without_marks(text: str) -> str:
    """`text` without the characters that marks are made of."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def replace_marks(text: str, value_of: Callable[[Slot], str]) -> str:
    """`text` with each mark replaced by what `value_of` gives for its slot.

    Raises:
        ValueError: a mark names no slot.
    """
    return _MARK.sub(lambda match: value_of(Slot(match[1])), text)


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
