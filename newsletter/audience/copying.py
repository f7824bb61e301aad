"""Many rows on their way into the database at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

INSERT = "INSERT INTO {table} VALUES ({marks})"


def copy_rows(cursor: CursorWrapper, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Write `rows`, each with a value for every column, into the temporary `table`."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        copying: Any = cursor
        with copying.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(INSERT.format(table=table, marks=marks), rows)
