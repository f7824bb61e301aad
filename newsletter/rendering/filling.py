"""Lines of a letter: no longer than mail programs show, wherever a text can be broken."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import lru_cache

from newsletter.rendering.markdown import WIDTH
from subscribers.directions import whole_on_each_line

#: Spaces other than a plain one between two words: words of nothing but spaces are dropped.
_OTHER_SPACES = re.compile(r"[\t\n\r\x0b\x0c]|(?:^| )\s|\s$")


def fill(text: str, hang: str = "") -> str:
    """`text` in lines, all but the first of them behind `hang`."""
    if not hang and not _OTHER_SPACES.search(text):
        return whole_on_each_line("\n".join(_lines_of(text)))
    filled = textwrap.fill(
        text, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    )
    return whole_on_each_line(filled)


#: For what is often the same in editions that have little else in common.
fill_often = lru_cache(maxsize=4096)(fill)


def _lines_of(sentence: str) -> Iterator[str]:
    """The lines of a `sentence` as `textwrap` breaks them, for which no word is looked at."""
    start = 0
    while len(sentence) - start > WIDTH:
        end = sentence.rfind(" ", start, start + WIDTH + 1)
        if end < 0:
            end = sentence.find(" ", start + WIDTH)
        if end < 0:
            break
        yield sentence[start:end]
        start = end + 1
    yield sentence[start:]
