"""Dumps of databases as SQL text, compressed, and what should be found in them."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]

from tests import programs

STORED = Path(__file__).parent / "dumps"
#: The keys that the links are signed with: of no other site.
KEYS = {"SECRET_KEY": "of a dump: " + "s" * 50, "LINK_KEY": "of a dump: " + "l" * 50}


@dataclass(frozen=True)
class Dump:
    """One database of one release, in a folder of that release."""

    folder: Path
    #: "sqlite" or "postgresql".
    kind: str

    def __str__(self) -> str:
        return f"{self.folder.name} {self.kind}"

    @property
    def sql(self) -> Path:
        return self.folder / f"{self.kind}.sql.gz"

    @property
    def facts(self) -> dict[str, Any]:
        """What :mod:`tests.upgrades.site` wrote of it, and the `keys` of its links."""
        found: dict[str, Any] = json.loads((self.folder / f"{self.kind}.json").read_text())
        return found


def stored(kind: str) -> list[Dump]:
    """The dumps of releases, oldest name first."""
    return [Dump(file.parent, kind) for file in sorted(STORED.glob(f"*/{kind}.sql.gz"))]


def make(folder: Path, kind: str, database: str, var: Path) -> Dump:
    """Dump what this code makes of the empty `database`, an address as in DATABASE_URL."""
    dump = Dump(folder, kind)
    folder.mkdir(parents=True, exist_ok=True)
    facts = folder / f"{kind}.json"
    run("tests.upgrades.site", str(facts), database=database, var=var, keys=KEYS)
    facts.write_text(json.dumps({**json.loads(facts.read_text()), "keys": KEYS}, indent=1) + "\n")
    text = _sqlite_text(database) if kind == "sqlite" else _postgres_text(database)
    # Without a moment in it: the same text is the same file.
    dump.sql.write_bytes(gzip.compress(text.encode(), mtime=0))
    return dump


def restore(sql: str, kind: str, database: str) -> None:
    """Let the empty `database` have what stands in `sql`."""
    if kind == "sqlite":
        with closing(sqlite3.connect(_file_of(database))) as connection:
            # Constraints use functions that Django adds to SQLite.
            register(connection)
            connection.executescript(sql)
    else:
        command = [*_postgres("psql"), "-v", "ON_ERROR_STOP=1", "--quiet", database]
        subprocess.run(command, input=sql, text=True, check=True, stdout=subprocess.DEVNULL)


def text_of(dump: Dump) -> str:
    return gzip.decompress(dump.sql.read_bytes()).decode()


def run(
    *command: str, database: str, var: Path, keys: dict[str, str], check: bool = True
) -> subprocess.CompletedProcess[str]:
    """A module of Python with its arguments, on that `database`, with nothing but those folders."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DATABASE_URL": database,
        "VAR_DIR": str(var),
        "MAIL_TRANSPORT": "outbox",
        **keys,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        check=check,
        text=True,
        stdout=subprocess.PIPE,
        stderr=None if check else subprocess.PIPE,
    )


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The address of an empty database beside the one at the address `server`, for a while."""
    name = f"dump_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _sqlite_text(database: str) -> str:
    with closing(sqlite3.connect(_file_of(database))) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _postgres_text(database: str) -> str:
    command = [*_postgres("pg_dump"), "--no-owner", "--no-privileges", database]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def _postgres(program: str) -> list[str]:
    folder = programs.postgres_binaries()
    assert folder is not None, "This needs PostgreSQL: python -m tests.prepare gets it."
    # Beside the server itself, whatever leads to it: a client may be no older.
    return [str((folder / "initdb").resolve().parent / program)]


def _file_of(database: str) -> str:
    return database.removeprefix("sqlite:///")
