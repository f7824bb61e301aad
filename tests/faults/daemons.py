"""Servers that are killed and started again on what they left."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import family

PATIENCE = 30.0


@dataclass
class Daemon:
    """A server as it was found running."""

    pid: int
    command: list[str]
    folder: Path
    owner: int
    environment: dict[str, str]
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def found_at(cls, pid: int) -> Daemon:
        """The server that is `pid`."""
        process = Path(f"/proc/{pid}")
        pairs = (entry.partition("=") for entry in _fields(process / "environ"))
        return cls(
            pid=pid,
            command=[str((process / "exe").readlink()), *_fields(process / "cmdline")[1:]],
            folder=(process / "cwd").readlink(),
            owner=_owner(process),
            environment={name: value for name, _equals, value in pairs},
        )

    def kill(self) -> None:
        """End it and all that descend from it, at once."""
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # As long as nobody takes note of its end, its successor takes it for alive.
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def start(self) -> None:
        """Run it again as it was."""
        process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            user=self.owner,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid = process.pid
        self._started.append(process)

    def stop(self) -> None:
        """End what was started again."""
        for process in self._started:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _owner(process: Path) -> int:
    # The folder in /proc is root's for a process that gave up being root.
    [line] = [line for line in (process / "status").read_text().splitlines() if "Uid:" in line]
    return int(line.split()[1])


def _fields(path: Path) -> list[str]:
    return [part.decode() for part in path.read_bytes().split(b"\0") if part]
