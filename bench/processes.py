"""Processes that a benchmark starts, and what they cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
#: Seconds that a process gets to end.
PATIENCE = 30.0


@contextmanager
def running(*command: str, ready: str | None = None) -> Iterator[tuple[int, str]]:
    """The process id, and the first line with `ready` in it that the process prints, if given."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if ready is None else subprocess.PIPE,
        stderr=subprocess.DEVNULL if ready is None else subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process.pid, _line_with(process, ready)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def _line_with(process: subprocess.Popen[str], ready: str | None) -> str:
    if ready is None or process.stdout is None:
        return ""
    for line in process.stdout:
        if ready in line:
            return line.strip()
    raise SystemExit(f"{process.args!r} ended without saying “{ready}”.")


@contextmanager
def workers(number: int, threads: int) -> Iterator[list[int]]:
    """That many Celery workers, each a process with some threads; their process ids."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=threads"]
    command += [f"--concurrency={threads}", "--loglevel=WARNING"]
    with ExitStack() as stack:
        yield [
            stack.enter_context(running(*command, f"--hostname=bench{n}@%h", ready=f"bench{n}@"))[0]
            for n in range(number)
        ]


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [pid]
    for known in found:
        found.extend(child for child, parent in parents.items() if parent == known)
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of all that descend from it, and of those that ended."""
    spent = 0
    for member in family(pid):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        spent += sum(int(field) for field in fields[11:15])
    return spent / TICKS


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has had in use, of its own and shared (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def postmaster() -> int:
    """The id of the PostgreSQL server that we are connected to."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])
