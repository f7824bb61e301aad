"""The whole service in one process of its own, as `make run` starts it, and a browser for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

#: Chromium looks for hosts of its maker's at every start, unless told not to.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def embedded(
    var: Path, port: int = 0, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and what it said until it was ready. A port of 0 is any free one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "config.embedded"],
        env=newcomers_environment() | {"VAR_DIR": str(var), "PORT": str(port), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        try:
            # One that cannot start says why, and ends.
            yield process, "".join(takewhile("Ctrl-C stops it.\n".__ne__, process.stdout))
        finally:
            process.terminate()
            # What it says at its end has to go somewhere.
            process.communicate()


def newcomers_environment() -> dict[str, str]:
    """That of a shell in which nobody has set anything for this service."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LINK_KEY", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in ours}


def word_after(said: str, before: str) -> str:
    return said.split(before)[1].split()[0]
