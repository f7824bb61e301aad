"""What stands right behind an address in a text, and was taken for a part of it."""

from __future__ import annotations

import re

#: Brackets, quotation marks and full stops, as they are or as HTML writes them.
_GLUED = re.compile(r"(?:&#?\w{1,8};|[^\w\x00-\x1f-])+\Z")


def without_glued(text: str) -> str:
    """`text` up to its last letter, digit, hyphen or underscore."""
    return _GLUED.sub("", text)
