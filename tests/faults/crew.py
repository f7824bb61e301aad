"""The workers and tickers of a site, and somebody who starts a new one when one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.processes import family

ROOT = Path(__file__).parents[2]
#: Seconds that a worker gets to finish what it has in hand when it is told to end.
PATIENCE = 45.0


#: How many emails a batch over SMTP holds at most.
BATCH_SIZE = "BATCH_SIZE"
#: How many readers a piece of a freeze has at most.
PIECE_SIZE = "PIECE_SIZE"
#: How likely a worker is to die at each claim, and how often one may in all; no death if unset.
CHANCE, MOST = "CRASH_CHANCE", "CRASH_MOST"


def deaths() -> Path:
    """A byte for each death at a claim."""
    return Path(os.environ["VAR_DIR"], "deaths")


class Crew:
    """Celery workers of one process each, and tickers. Their logs are files in `folder`.

    The last of the workers is on another machine, if there is one: on a `VAR_DIR` of its own.
    """

    def __init__(
        self, folder: Path, *, workers: int, tickers: int, another_machine: bool = False
    ) -> None:
        self._folder = folder
        celery = ["-m", "celery", "-A", "config", "worker", "--concurrency=1"]
        celery += ["--loglevel=WARNING", "--without-gossip", "--without-mingle"]
        included = ["tests.faults.small_batches"]
        if CHANCE in os.environ:
            included.append("tests.faults.crashes")
        celery += [f"--include={','.join(included)}"]
        self._elsewhere = f"worker{workers - 1}" if another_machine else ""
        self._commands = {
            **{f"worker{n}": [*celery, f"--hostname=worker{n}@%h"] for n in range(workers)},
            **{f"ticker{n}": ["manage.py", "ticker"] for n in range(tickers)},
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: All there ever were: a child may outlive the worker that was killed.
        self._sessions: list[int] = []

    def tend(self) -> None:
        """Start every one that is not running, as a service manager does."""
        for name, command in self._commands.items():
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                self._running[name] = self._start(name, command)

    def lose_the_other_machine(self) -> list[int]:
        """Kill all that runs on it, for good; the processes that are no more."""
        del self._commands[self._elsewhere]
        lost = family(self._running.pop(self._elsewhere).pid)
        for pid in lost:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return lost

    def elsewhere(self) -> list[int]:
        """The processes on the other machine."""
        process = self._running[self._elsewhere]
        return family(process.pid) if process.poll() is None else []

    def members(self) -> list[int]:
        """The processes of the workers: those that keep them, and those that work."""
        return [pid for group in self.groups() for pid in group]

    def groups(self) -> list[list[int]]:
        """Each worker with its processes."""
        workers = [p for name, p in self._running.items() if name.startswith("worker")]
        return [family(p.pid) for p in workers if p.poll() is None]

    def handing(self) -> list[int]:
        """The processes that have a batch on the wire: their journals speak of it."""
        return [pid for pid in self.members() if noted(pid)]

    def replace(self) -> float:
        """Ask all workers to end, as a deploy does, and start others; the seconds it took."""
        asked = time.monotonic()
        leaving = [p for name, p in self._running.items() if name.startswith("worker")]
        for process in leaving:
            process.terminate()
        for process in leaving:
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        took = time.monotonic() - asked
        self.tend()
        return took

    def dismiss(self) -> None:
        """End all of them, whatever state they are in."""
        for process in self._running.values():
            _signal(process.pid, signal.SIGCONT)
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for session in self._sessions:
            _signal(session, signal.SIGKILL)
        for process in self._running.values():
            process.wait()

    def complaints(self) -> str:
        """The end of what they logged."""
        logs = sorted(self._folder.glob("*.log"))
        return "\n".join(f"{log.name}: …{log.read_text()[-1500:]}" for log in logs)

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with Path(self._folder, f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self._environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._sessions.append(process.pid)
        return process

    def _environment(self, name: str) -> dict[str, str]:
        if name != self._elsewhere:
            return {**os.environ}
        own = self._folder / "another machine"
        own.mkdir(exist_ok=True)
        return {**os.environ, "VAR_DIR": str(own)}


def noted(pid: int) -> int:
    """How many bytes the process `pid` has noted of the batch in its hands."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if file.readlink().suffix == ".journal":
                    return file.stat().st_size
    return 0


def _signal(session: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(session, number)


@contextmanager
def at_work(
    folder: Path, *, workers: int, tickers: int, another_machine: bool = False
) -> Iterator[Crew]:
    """A crew, dismissed when the block ends."""
    crew = Crew(folder, workers=workers, tickers=tickers, another_machine=another_machine)
    try:
        yield crew
    finally:
        crew.dismiss()
