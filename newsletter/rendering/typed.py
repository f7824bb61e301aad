"""What people typed, on its way into a mail: without characters that do more than be read."""

from __future__ import annotations

import re

from newsletter.rendering.slots import without_marks

#: Embeddings, overrides and isolates turn round the letters of all that follows, so that a
#: reader sees another address than they open. Plain marks of direction, which Arabic and Hebrew
#: need, reach no further than their neighbours.
_TURNING = "\u202a-\u202e\u2066-\u2069"
#: Controls that no keyboard has, but for the tab and the ends of lines.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_MISLEADING = re.compile(f"[{_TURNING}{_CONTROLS}]")
#: A line ends here for some programs and not for others.
_DOUBTFUL_ENDS = re.compile("[\u2028\u2029]")


def defused(text: str) -> str:
    """`text` without marks of slots, without what turns or ends lines unseen."""
    return _DOUBTFUL_ENDS.sub(" ", _MISLEADING.sub("", without_marks(text)))


def one_line(text: str) -> str:
    """`text` for a header: defused, and on one line."""
    return " ".join(defused(text).split())
