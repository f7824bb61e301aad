"""What people typed, on its way into a mail: without characters that do more than be read."""

from __future__ import annotations

import re

from newsletter.rendering.slots import without_marks

#: Embeddings, overrides and isolates turn round the letters of all that follows, so that a
#: reader sees another address than they open. Plain marks of direction, which Arabic and Hebrew
#: need, reach no further than their neighbours.
_TURNING = "\u202a-\u202e\u2066-\u2069"
#: Controls that no keyboard has, but for the tab and the end of a line.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_MISLEADING = re.compile(f"[{_TURNING}{_CONTROLS}]")
#: What ends a paragraph, or a line inside one, for some programs and not for others.
_PARAGRAPH_ENDS = re.compile("[\r\x0c\u2029]")
_LINE_ENDS = re.compile("[\x0b\x85\u2028]")


def sanitized(text: str) -> str:
    """`text` without marks of slots, without what turns or ends lines unseen.

    What was seen to end a paragraph or a line ends it as in Markdown.
    """
    ended = _PARAGRAPH_ENDS.sub("\n\n", without_marks(text).replace("\r\n", "\n"))
    return _MISLEADING.sub("", _LINE_ENDS.sub("  \n", ended))


def one_line(text: str) -> str:
    """`text` for a header: sanitized, and on one line."""
    return " ".join(sanitized(text).split())
