"""Many values as one parameter of a statement: a mark for each is longer than what it asks."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

#: By the kind of column that the values are of.
ON_POSTGRESQL = {
    "id": "SELECT unnest(%s::bigint[])",
    "uuid": "SELECT unnest(%s::uuid[])",
}
ON_SQLITE = "SELECT value FROM json_each(%s)"


def among(values: Iterable[int | str], kind: str = "id") -> RawSQL:
    """`values`, ids or UUIDs (as 32 digits), for a look-up `in`."""
    if connection.vendor == "postgresql":
        return RawSQL(ON_POSTGRESQL[kind], [list(values)])  # noqa: S611
    return RawSQL(ON_SQLITE, [json.dumps(list(values))])  # noqa: S611
