from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.processes import family

pytestmark = pytest.mark.servers

#: Seconds that servers get to start, and to end.
PATIENCE = 60.0
#: And those that servers start themselves, to be gone.
A_MOMENT = 2.0


def test_a_benchmark_that_is_told_to_end_stops_the_servers_it_started() -> None:
    bench = subprocess.Popen(
        [sys.executable, "-m", "bench"],
        env={**os.environ, "ONLY": "claim", "N": "1000"},
        stdout=subprocess.DEVNULL,
    )
    started = _wait_for_servers(bench.pid)

    bench.send_signal(signal.SIGTERM)

    assert bench.wait(PATIENCE) == 128 + signal.SIGTERM
    assert [pid for pid in started if _is_running(pid)] == []


def _wait_for_servers(pid: int) -> list[int]:
    """The processes that descend from `pid`, once both servers are among them."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        started = family(pid)
        names = {_name(member) for member in started}
        if {"postgres", "redis-server"} <= names:
            return started[1:]
        time.sleep(0.05)
    raise AssertionError("There are no servers.")


def _is_running(pid: int) -> bool:
    """Whether it still does anything: what has ended may still wait for whoever inherited it."""
    deadline = time.monotonic() + A_MOMENT
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in "ZX":
            return False
        time.sleep(0.05)
    return True


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
