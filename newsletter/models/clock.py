"""The database's clock: the one that leases and due moments go by, whatever machine asks."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import functions
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone


class Now(functions.Now):
    """The present moment, comparable with stored moments on every database.

    SQLite compares moments as text. Stored ones have six digits behind the seconds, Django's
    own function gives three, and of two equal moments the shorter text counts as earlier.
    """

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        template = "STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')"
        return self.as_sql(compiler, connection, template=template, **extra)


def today() -> date:
    """The day that allowances are counted for: it begins at midnight UTC."""
    return timezone.now().astimezone(UTC).date()
