"""What SQLite deletes stays in its files until other rows happen to take the place."""

from __future__ import annotations

from django.db import OperationalError, connection


def scrub() -> bool:
    """Let nothing that was deleted linger in the files of the database; whether that is so.

    SQLite's are rewritten, without what is not in a table any more. PostgreSQL overwrites
    by itself, at its next vacuum.
    """
    if connection.vendor != "sqlite":
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_pages = cursor.fetchone()
    except OperationalError:
        return False  # somebody else has been writing or reading for all of the time we wait
    return not busy
