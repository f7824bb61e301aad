"""All that a worker does when the bell rings."""

from __future__ import annotations

import time

from newsletter.services.delivering import deliver_next
from newsletter.services.freezing import freeze_due
from newsletter.services.guarding import take_turn
from newsletter.services.journals import own_journal
from newsletter.services.recovering import finish_drained, recover
from newsletter.services.tracking import track
from newsletter.transports.base import Transport


def drain(transport: Transport, *, seconds: float = 5.0) -> bool:
    """Take in reports, freeze what is due, and send until nothing is left or `seconds` are over.

    Returns whether there may be more to do at once. Short turns let a worker with one
    hand serve sign-ups in between. Nothing at all is done in a restored copy.
    """
    deadline = time.monotonic() + seconds
    if not take_turn():
        return False
    # Ahead of sending again what is unknown: what is reported of it settles it. A flood of
    # reports leaves half of the turn to sending.
    while (reports_left := track()) and time.monotonic() < deadline - seconds / 2:
        pass
    recover()
    freeze_due(transport.batch_size)
    with own_journal() as journal:
        while time.monotonic() < deadline:
            if not deliver_next(transport, journal):
                finish_drained()
                return reports_left
    return True
