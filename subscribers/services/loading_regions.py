"""Putting the regions that come with the service into the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Model

from subscribers.collation import fold
from subscribers.models import Region, RegionAlias

#: ISO 3166 and UN M49 as far as they go, then our own codes, x-… . A parent stands above its
#: children.
REGIONS_FILE = Path(__file__).resolve().parent.parent / "data" / "regions.json"


@dataclass(frozen=True)
class RegionEntry:
    """One region as the file describes it."""

    code: str
    kind: str
    name_en: str
    name_fr: str
    parent: str | None = None
    aliases: Sequence[str] = ()
    members: Sequence[str] = ()
    successors: Sequence[str] = ()
    valid_from: str | None = None
    valid_to: str | None = None


def entries() -> list[RegionEntry]:
    """What stands in the file, in its order."""
    return [RegionEntry(**plain) for plain in json.loads(REGIONS_FILE.read_text("utf-8"))]


@transaction.atomic
def load_regions() -> int:
    """Bring the regions of the file to what it says, and return how many regions there are.

    Nothing is deleted: regions with other codes stay as they are, and so do aliases, members
    and successors that were added by hand. Doing it twice is doing it once.
    """
    loaded = entries()
    stored = _store_regions(loaded)
    _store_aliases(loaded, stored)
    _store_links(
        Region.members.through, ((stored[e.code], stored[m]) for e in loaded for m in e.members)
    )
    _store_links(
        Region.successors.through,
        ((stored[e.code], stored[s]) for e in loaded for s in e.successors),
    )
    return Region.objects.count()


def _store_regions(loaded: Iterable[RegionEntry]) -> dict[str, Region]:
    """Write one level of the tree after the other: a region needs its parent’s key."""
    stored: dict[str, Region] = {}
    for level in _levels(loaded):
        regions = Region.objects.bulk_create(
            [_region(entry, stored) for entry in level],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["kind", "name_en", "name_fr", "parent", "valid_from", "valid_to"],
        )
        stored |= {region.code: region for region in regions}
    return stored


def _levels(loaded: Iterable[RegionEntry]) -> Iterable[list[RegionEntry]]:
    """The entries by their distance from the world, nearest first."""
    levels: defaultdict[int, list[RegionEntry]] = defaultdict(list)
    depth: dict[str | None, int] = {None: -1}
    for entry in loaded:
        depth[entry.code] = depth[entry.parent] + 1
        levels[depth[entry.code]].append(entry)
    return levels.values()


def _region(entry: RegionEntry, stored: dict[str, Region]) -> Region:
    return Region(
        code=entry.code,
        kind=entry.kind,
        name_en=entry.name_en,
        name_fr=entry.name_fr,
        parent=stored[entry.parent] if entry.parent else None,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )


def _store_aliases(loaded: Iterable[RegionEntry], stored: dict[str, Region]) -> None:
    RegionAlias.objects.bulk_create(
        [
            RegionAlias(region=stored[entry.code], text=alias, folded=fold(alias))
            for entry in loaded
            for alias in entry.aliases
        ],
        ignore_conflicts=True,
    )


def _store_links(through: type[Model], pairs: Iterable[tuple[Region, Region]]) -> None:
    through._default_manager.bulk_create(
        [through(from_region=source, to_region=target) for source, target in pairs],
        ignore_conflicts=True,
    )
