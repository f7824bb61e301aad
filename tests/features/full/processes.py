"""Worker processes for tests that need the real thing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

#: Seconds that a process gets to start, to do what is asked, and to end.
PATIENCE = 20.0


@contextmanager
def running_worker(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is ready inside the block, for tests that want several, or kill one."""
    log = var / f"worker-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            worker_command(name=log.stem),
            env=worker_environment(var),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until(lambda: " ready." in log.read_text(), unless=process.poll, explain=log.read_text)
        yield process
    finally:
        end(process)


def worker_command(*, name: str) -> list[str]:
    celery = [sys.executable, "-m", "celery", "-A", "config", "worker"]
    return [*celery, "--concurrency=2", "--loglevel=INFO", f"--hostname={name}@%h"]


def worker_environment(var: Path) -> dict[str, str]:
    """The environment of the site's own processes, for the database that the test uses."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": urlunsplit(database),
        "VAR_DIR": str(var),
    }


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to finish, and end its whole session if it will not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(
    done: Callable[[], object],
    *,
    unless: Callable[[], object] = lambda: None,
    explain: Callable[[], str] = str,
) -> None:
    """Return as soon as `done()` holds.

    Raises:
        AssertionError: it took too long, or `unless()` came first.
    """
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert unless() is None, explain()
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)
