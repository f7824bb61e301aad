"""Ending in order when told to: what a program has started, it stops."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    """Let a signal that ends this process be an exit, which leaves every block that is open."""
    for ending in ENDINGS:
        signal.signal(ending, _leave)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # Told twice, as by Ctrl-C and by its parent, it still ends in order.
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(128 + number)
