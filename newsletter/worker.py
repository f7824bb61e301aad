"""All that a worker does when the bell rings."""

from __future__ import annotations

import time
from functools import partial

from newsletter.audience.freezing import freezes_by
from newsletter.editorial.checking import checks_by
from newsletter.feedback.tracking import track
from newsletter.ledger.heartbeats import Heart
from newsletter.ledger.recounting import recount
from newsletter.ledger.tallying import add_up
from newsletter.sending.delivering import deliver_next
from newsletter.sending.journals import own_journal
from newsletter.sending.recovering import finish_drained, recover
from newsletter.sending.sizing import batch_size
from newsletter.transports.base import Transports
from subscribers.channels import NoSuchChannel
from subscribers.services.clone_guard import check_generation

#: Seconds of sending after which it is looked again at what is due to begin, or done.
LOOK_AGAIN = 0.5
#: What batches hold for a channel that is not set up here: its mailing is paused when they are due.
SOME = 50


def drain(transports: Transports, heart: Heart | None = None, *, seconds: float = 5.0) -> bool:
    """Take in reports, freeze what is due, and send until nothing is left or `seconds` are over.

    A mailing is frozen piece by piece, and between two of them mail is sent.

    What then is left of them goes to the checks of drafts, between which mail is looked for.
    Returns whether there may be more to do at once. Short turns let a worker with one
    hand serve sign-ups in between; its `heart` is the same in all of them. Nothing at all is
    done in a restored copy.
    """
    deadline = time.monotonic() + seconds
    if not check_generation():
        return False
    # Ahead of sending again what is unknown: what is reported of it settles it. A flood of
    # reports leaves half of the turn to sending.
    while (reports_left := track()) and time.monotonic() < deadline - seconds / 2:
        pass
    recover()
    heart = heart or Heart()
    sizes = partial(_batch_size, transports)
    with (
        heart.beating(),
        own_journal() as journal,
        freezes_by(heart, sizes) as freezes,
        checks_by(heart) as checks,
    ):
        look_again = 0.0
        while time.monotonic() < deadline:
            # An alert that comes up meanwhile does not wait for the end of the turn, nor does
            # the end of one mailing for that of another.
            if time.monotonic() >= look_again:
                finish_drained()
                freezes.go_on()
                checks.go_on(only_urgent=True)
                look_again = time.monotonic() + LOOK_AGAIN
            if not deliver_next(transports, journal, heart):
                finish_drained()
                if not freezes.go_on() and not checks.go_on():
                    _keep_counts()
                    return reports_left
    _keep_counts()
    return True


def _keep_counts() -> None:
    add_up()
    recount()


def _batch_size(transports: Transports, channel: str) -> int:
    try:
        return batch_size(transports.of(channel), channel)
    except NoSuchChannel:
        return SOME
