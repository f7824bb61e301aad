"""How large a mail's page is where Gmail measures it: on the wire."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Iterable
from typing import TYPE_CHECKING

from newsletter.rendering.slots import MARK

if TYPE_CHECKING:
    from newsletter.rendering.fragments import Run

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


def size_of_runs(runs: Iterable[Run | str]) -> int:
    """The same of a part in runs, near enough: each is counted by itself."""
    shared, own = 0, []
    for one in runs:
        if isinstance(one, str):
            own.append(one)
        else:
            shared += one.size
    return shared + wire_size("".join(own))
