"""`python -m tests.servers COMMAND`: runs it beside a PostgreSQL and a Redis of its own.

Both live in temporary folders, reachable from this machine only, and end with the command,
however it ends. The command finds them in DATABASE_URL and REDIS_URL; its exit code is ours.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis as redis_client

from tests import programs
from tests.endings import end_in_order

#: Seconds that a server gets to answer, and to end.
PATIENCE = 30.0
#: Durability is for data that outlives the tests.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def main(command: list[str]) -> int:
    end_in_order()
    postgres_folder, redis_program = programs.postgres_binaries(), programs.redis_server()
    if not postgres_folder or not redis_program:
        missing = "Redis" if postgres_folder else "PostgreSQL"
        print(f"Not run: {' '.join(command)}\n{missing} cannot be had here.", file=sys.stderr)
        return 1 if programs.must_have_everything() else 0
    with postgres(postgres_folder) as database, redis(redis_program) as broker:
        servers = {"DATABASE_URL": database, "REDIS_URL": broker}
        return subprocess.run(command, env={**os.environ, **servers}).returncode


@contextmanager
def postgres(binaries: Path, settings: Sequence[str] = CARELESS) -> Iterator[str]:
    """The address of an empty database on a fresh PostgreSQL, which answers on a socket only."""
    owner = _server_owner()
    with _folder(owner) as folder:
        binaries = _readable(binaries, owner, folder)
        initdb: list[str | Path] = [binaries / "initdb", "-D", folder / "data", "-U", "newsletter"]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, user=owner, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        server: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder]
        for setting in ("listen_addresses=", *settings):
            server += ["-c", setting]
        address = f"postgres://newsletter@{quote(str(folder), safe='')}/"
        # SIGINT ends it without waiting for those who are connected.
        ready = partial(_create_database, f"{address}postgres")
        with _running(server, folder, ready, owner=owner, end=signal.SIGINT):
            yield f"{address}newsletter"


def _server_owner() -> str | None:
    """Who PostgreSQL runs as where we are root, which it refuses: None is ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def _folder(owner: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="newsletter-", ignore_cleanup_errors=True) as folder:
        if owner:
            shutil.chown(folder, owner)
        yield Path(folder)


def _readable(binaries: Path, owner: str | None, folder: Path) -> Path:
    """The folder of the binaries, or of a copy where `owner` may not look into theirs."""
    try:
        subprocess.run(
            [binaries / "initdb", "--version"],
            user=owner,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    except PermissionError:
        # With the libraries beside the package, which the binaries look for.
        package = binaries.parent.parent
        for part in package.parent.glob(f"{package.name}*"):
            shutil.copytree(part, folder / part.name, symlinks=True)
        return folder / package.name / binaries.parent.name / binaries.name
    return binaries


def _create_database(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE newsletter")


@contextmanager
def redis(program: Path) -> Iterator[str]:
    """The address of a fresh Redis, which keeps nothing, on a free port of this machine."""
    with _folder(None) as folder:
        port = _free_port()
        server: list[str | Path] = [
            "env",
            f"LD_LIBRARY_PATH={programs.unpacked_libraries()}",
            program,
        ]
        server += ["--bind", "127.0.0.1", "--port", str(port)]
        server += ["--dir", folder, "--save", "", "--appendonly", "no"]
        ready = redis_client.Redis(port=port).ping
        with _running(server, folder, ready, end=signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(
    server: list[str | Path],
    folder: Path,
    ready: Callable[[], object],
    *,
    owner: str | None = None,
    end: signal.Signals,
) -> Iterator[None]:
    """Run a server, from when `ready` succeeds until the block ends."""
    with Path(folder, "log").open("w+") as log:
        # In a session of its own: Ctrl-C is for the command, the server ends after it.
        process = subprocess.Popen(
            server, user=owner, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until(ready, process, Path(log.name))
            yield
        finally:
            process.send_signal(end)
            process.wait(PATIENCE)


def _wait_until(ready: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ready()
            return
        except (psycopg.OperationalError, redis_client.ConnectionError):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{process.args!r} does not answer:\n{log.read_text()}")
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
