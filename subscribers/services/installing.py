"""Where this installation is: what the database says of it, and what this machine has seen.

The database keeps a note of the place it is in and a count of the turns that were taken on it;
every machine keeps, outside the database, the highest count that it has seen.
"""

from __future__ import annotations

import fcntl
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from subscribers.models import Installation


@dataclass(frozen=True)
class HighWater:
    """The highest count that this machine has seen of one installation, in a file."""

    path: Path

    @classmethod
    def of(cls, installation: Installation) -> HighWater:
        return cls(settings.INSTALLATION_DIR / installation.key.hex)

    def read(self) -> int | None:
        """None if this machine has seen nothing of the installation."""
        return int(self.path.read_text()) if self.path.exists() else None

    def write(self, turns: int) -> None:
        """Keep `turns`, unless a higher count has been seen meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if turns > (self.read() or -1):
                self._replace(turns)

    def _replace(self, turns: int) -> None:
        # Readers find the old count or the new one, never half of it.
        unfinished = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}")
        unfinished.write_text(str(turns))
        unfinished.rename(self.path)


def settle_in() -> Installation:
    """The installation that this database says it is; one of this place if it says nothing."""
    known = Installation.objects.filter(pk=1).first()
    if known is None:
        known, made = Installation.objects.get_or_create(pk=1, defaults={"place": place()})
        if made:
            HighWater.of(known).write(known.turns)
    return known


def adopt() -> None:
    """Take this place, and this state, for the one to go on from."""
    installation, _made = Installation.objects.update_or_create(
        pk=1, defaults={"key": uuid.uuid4(), "place": place(), "turns": 0}
    )
    HighWater.of(installation).write(0)


def place() -> str:
    """Where the database is: the same after every restart, another one for a copy.

    PostgreSQL gives each cluster and each database a number of its own, and counts up a third
    when a cluster starts from a backup or takes over from another; a copy of a whole disk has
    the numbers of the original, but hardly its address of the site. Of SQLite it is the file.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (pg_control_system()).system_identifier, oid,"
                " left(pg_walfile_name(pg_current_wal_lsn()), 8)"
                " FROM pg_database WHERE datname = current_database()"
            )
            cluster, database, timeline = cursor.fetchone()
        return f"{settings.SITE_URL} cluster {cluster} database {database} timeline {timeline}"
    file = Path(str(connection.settings_dict["NAME"]))
    return f"file {file.stat().st_ino}" if file.is_file() else "memory"
