"""Regions for tests: the few of West Africa, since the whole world takes its time."""

from __future__ import annotations

from subscribers.regions.files import SHIPPED, RegionEntry, read
from subscribers.services import loading_regions

WEST_AFRICA = SHIPPED[:1]


def entries() -> list[RegionEntry]:
    """Mali and its neighbours, and what they lie in."""
    return read(WEST_AFRICA)


def load_regions() -> int:
    """Store them; returns how many regions there are."""
    return loading_regions.load_regions(WEST_AFRICA)
