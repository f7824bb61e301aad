"""Regions for tests: the few of West Africa, since the whole world takes its time."""

from __future__ import annotations

from django.db import connection, transaction

from subscribers.models import Region, RegionSpelling
from subscribers.regions.files import SHIPPED, RegionEntry, read
from subscribers.services import loading_regions

WEST_AFRICA = SHIPPED[:1]

#: Where regions stand, those first that others point at.
TABLES = [
    model._meta.db_table
    for model in (Region, Region.members.through, Region.successors.through, RegionSpelling)
]
#: The tables of a test's database that hold what `load_regions` writes.
_kept: list[str] = []


def entries() -> list[RegionEntry]:
    """Mali and its neighbours, and what they lie in."""
    return read(WEST_AFRICA)


def load_regions() -> int:
    """Store them; returns how many regions there are."""
    if not _kept or Region.objects.exists():
        return loading_regions.load_regions(WEST_AFRICA)
    with connection.cursor() as cursor:
        for table, kept in zip(TABLES, _kept, strict=True):
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {kept}")  # noqa: S608
    return Region.objects.count()


def keep_regions() -> None:
    """Load them once and set them aside: hundreds of tests begin with them."""
    loading_regions.load_regions(WEST_AFRICA)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
        for table in reversed(TABLES):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    _kept.extend(f"kept_{table}" for table in TABLES)
