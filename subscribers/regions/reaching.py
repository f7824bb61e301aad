"""Which regions lie in which, asked of the database: one statement, however deep they lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from subscribers.models import Publication, Region
from subscribers.models.regions import LONGEST_CODE

_REGION = Region._meta.db_table
_MEMBER = Region.members.through._meta.db_table
_SUCCESSOR = Region.successors.through._meta.db_table

#: From a region to what it lies in, and from a group to what it stands for.
_AROUND = f"""
    SELECT id AS origin, parent_id AS onward FROM {_REGION} WHERE parent_id IS NOT NULL
    UNION ALL SELECT to_region_id, from_region_id FROM {_SUCCESSOR}
    UNION ALL SELECT from_region_id, to_region_id FROM {_MEMBER}
"""  # noqa: S608  nothing but names of tables stands in it
#: From a region to what lies in it: its children, what was cut out of it, what a group holds.
_WITHIN = f"""
    SELECT parent_id AS origin, id AS onward FROM {_REGION} WHERE parent_id IS NOT NULL
    UNION ALL SELECT from_region_id, to_region_id FROM {_SUCCESSOR}
    UNION ALL SELECT from_region_id, to_region_id FROM {_MEMBER}
"""  # noqa: S608


def around(codes: Iterable[str]) -> list[int]:
    """The keys of `codes`, of what they lie in and of whose places they stand for."""
    # What stands in an address may be anything; a database takes not all of it.
    known = [code for code in codes if code.isprintable() and len(code) <= LONGEST_CODE]
    marks = ", ".join(["%s"] * len(known))
    start = f"SELECT id FROM {_REGION} WHERE code IN ({marks})"  # noqa: S608
    return _reached(start, _AROUND, known) if known else []


def covered_by(*publications: Publication) -> frozenset[int]:
    """The keys of the regions that any of `publications` covers: what it names, and all therein."""
    table = Publication.regions.through._meta.db_table
    keys = [publication.pk for publication in publications]
    marks = ", ".join(["%s"] * len(keys))
    start = f"SELECT region_id FROM {table} WHERE publication_id IN ({marks})"  # noqa: S608
    return frozenset(_reached(start, _WITHIN, keys) if keys else ())


def _reached(start: str, steps: str, values: Sequence[str] | Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        # Nothing but names of tables and marks for values stands in it.
        cursor.execute(
            f"""
            WITH RECURSIVE reached (id) AS (
                {start}
                UNION
                SELECT step.onward FROM reached JOIN ({steps}) AS step ON step.origin = reached.id
            )
            SELECT id FROM reached
            """,  # noqa: S608
            list(values),
        )
        return [pk for (pk,) in cursor.fetchall()]
