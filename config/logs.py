"""What the log may say."""

from __future__ import annotations

import logging
import re

#: A path with a key in it, to somebody's subscription, a mail or a map, or with an address.
_TOKEN_PATH = re.compile(
    r"/(confirm|preferences|unsubscribe|undo|stop|view|maps|outbox)/[^/\s\"']+"
)


class WithoutTokens(logging.Filter):
    """Cuts the tokens out of the paths that a record speaks of: who reads logs may not use them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _TOKEN_PATH.sub(r"/\1/…", record.getMessage())
        record.args = None
        return True


class StrangersInOneLine(logging.Filter):
    """A request that is not as it should be is one line: nothing of ours is to be mended."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
