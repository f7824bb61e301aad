"""How large a mail's page is where Gmail measures it: on the wire."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Iterable
from functools import lru_cache

from newsletter.rendering.fragments import Fragment
from newsletter.rendering.slots import MARK

#: Gmail cuts a larger page, and hides the rest with the link to unsubscribe.
GMAIL_CLIPS_AT = 102_400
#: More than this is a lot to read and to load.
HEAVY = 80_000

#: Room for a reader's own value: a link to this site, with its token.
_VALUE = "x" * 120


def wire_size(part: str) -> int:
    """Bytes of `part` of an edition in a message: quoted-printable, its marks filled."""
    filled = MARK.sub(_VALUE, part)
    encoded = b2a_qp(filled.encode())
    return len(encoded) + encoded.count(b"\n")


def size_of_pieces(pieces: Iterable[str]) -> int:
    """The same of a part in pieces, near enough: fragments are counted by themselves."""
    fragments, own = 0, []
    for piece in pieces:
        if isinstance(piece, Fragment):
            fragments += _size_of_fragment(piece)
        else:
            own.append(piece)
    return fragments + wire_size("".join(own))


@lru_cache(maxsize=4096)
def _size_of_fragment(fragment: Fragment) -> int:
    return wire_size(fragment)
