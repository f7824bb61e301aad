"""Whether the database is where, and when, it was left: a restored copy sends nothing by itself.

A copy in another place owes the same mail as the original, which may be sending it; an old copy
in the same place owes mail that has left since. Both look like any other database from inside.
So the database keeps a note of the place it is in and of its generation, and every
machine keeps, outside the database, the highest count that it has seen.
"""

from __future__ import annotations

import fcntl
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F

from subscribers.models import Installation, KillSwitch, Strange
from subscribers.services import kill_switch

#: Who turns the kill switch on when no person does.
GUARD = "guard"


def mail_may_leave() -> bool:
    """Whether mail may be handed to anything now. Whatever hands mail over asks this first."""
    return check_generation() and not KillSwitch.is_thrown()


def check_generation() -> bool:
    """Count one more generation; False, with the kill switch on, if this is a copy or an old state.

    Not to be called inside a transaction that may be undone: a machine that has seen a count
    which the database knows nothing of takes it for an older state.
    """
    installation = register()
    key, high_water = installation.key, SeenGeneration.of(installation)
    # In this order: whatever others have counted meanwhile, the file is not ahead of the
    # database unless the database has gone back.
    seen = high_water.read()
    Installation.objects.filter(pk=1).update(generation=F("generation") + 1)
    installation.refresh_from_db()
    if installation.key != key:
        return check_generation()  # a person has just decided to go on from here
    if found := _strange(installation, seen):
        _stop(found)
        return False
    high_water.write(installation.generation)
    return True


def _strange(installation: Installation, seen: int | None) -> Strange | None:
    """What is not as it was left; None if nothing."""
    if installation.place != database_identity():
        return Strange.COPIED
    if seen is None and connection.vendor == "sqlite":
        return Strange.MOVED
    if seen is not None and installation.generation <= seen:
        return Strange.OLDER
    return None


def _stop(found: Strange) -> None:
    if not KillSwitch.objects.filter(is_on=True, found=found).exists():
        kill_switch.turn_on(by=GUARD, found=found)
        # People who signed out since may not be signed in again by an old state.
        Session.objects.all().delete()


def send_from_here(*, by: User | str, why: str = "") -> None:
    """Let mail leave from this place, and from the state that the database is in."""
    accept_here()
    kill_switch.turn_off(by=by, why=why)


@dataclass(frozen=True)
class SeenGeneration:
    """The highest count that this machine has seen of one installation, in a file."""

    path: Path

    @classmethod
    def of(cls, installation: Installation) -> SeenGeneration:
        return cls(settings.INSTALLATION_DIR / installation.key.hex)

    def read(self) -> int | None:
        """None if this machine has seen nothing of the installation."""
        return int(self.path.read_text()) if self.path.exists() else None

    def write(self, generation: int) -> None:
        """Keep `generation`, unless a higher count has been seen meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if generation > (self.read() or -1):
                self._replace(generation)

    def _replace(self, generation: int) -> None:
        # Readers find the old count or the new one, never half of it.
        unfinished = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}")
        unfinished.write_text(str(generation))
        unfinished.rename(self.path)


def register() -> Installation:
    """The installation that this database says it is; one of this place if it says nothing."""
    known = Installation.objects.filter(pk=1).first()
    if known is None:
        known, made = Installation.objects.get_or_create(
            pk=1, defaults={"place": database_identity()}
        )
        if made:
            SeenGeneration.of(known).write(known.generation)
    return known


def accept_here() -> None:
    """Take this place, and this state, for the one to go on from."""
    installation, _made = Installation.objects.update_or_create(
        pk=1, defaults={"key": uuid.uuid4(), "place": database_identity(), "generation": 0}
    )
    SeenGeneration.of(installation).write(0)


def database_identity() -> str:
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
