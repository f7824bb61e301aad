"""Putting regions from files into the database: those that come with the service, or one's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from subscribers.collation import fold
from subscribers.errors import RegionsRefused
from subscribers.models import Region, RegionOrigin, RegionSpelling, SpellingOrigin
from subscribers.models.regions import NAMES, derived_spellings
from subscribers.regions.files import SHIPPED, RegionEntry, check, read

#: Rows a statement: SQLite takes so many values in one, and more is no faster on PostgreSQL.
AT_ONCE = 2000


@transaction.atomic
def load_regions(
    files: Sequence[Path] = SHIPPED, origin: RegionOrigin = RegionOrigin.SHIPPED
) -> int:
    """Bring the regions of `files` to what they say, and return how many regions there are.

    Regions with other codes stay as they are, and so does all that staff changed or added,
    field by field: a name that staff wrote stays, and a name in a new language comes beside
    it. Only what differs is written, so that doing it twice is doing it once.

    Raises:
        RegionsRefused: a file is no tree of regions, or one of staff describes a region that
            comes with the service; nothing is stored.
    """
    stored = {region.code: region for region in Region.objects.order_by()}
    there = _as_entries(stored)
    entries = [_with_mended_parent(entry, stored, there) for entry in read(files)]
    check(entries, there)
    entries = _own(entries, stored, origin)
    regions = _store_regions(entries, stored, origin)
    _store_spellings(entries, regions, SpellingOrigin(origin))
    for field in ("members", "successors"):
        _store_links(entries, regions, field)
    return Region.objects.count()


def _as_entries(stored: Mapping[str, Region]) -> dict[str, RegionEntry]:
    """What is `stored` as a file would say it, as far as it bears on the tree."""
    codes = {region.pk: code for code, region in stored.items()}
    return {
        code: RegionEntry(code, region.kind, region.names, codes.get(region.parent_id or 0))
        for code, region in stored.items()
    }


def _with_mended_parent(
    entry: RegionEntry, stored: Mapping[str, Region], there: Mapping[str, RegionEntry]
) -> RegionEntry:
    old = stored.get(entry.code)
    if old is None or "parent" not in old.mended:
        return entry
    return replace(entry, parent=there[entry.code].parent)


def _own(
    entries: Iterable[RegionEntry], stored: Mapping[str, Region], origin: RegionOrigin
) -> list[RegionEntry]:
    """Those of `entries` that may be written: what staff made stays theirs."""
    others = {code for code, region in stored.items() if region.origin != origin}
    if origin == RegionOrigin.STAFF:
        for entry in entries:
            if entry.code in others:
                raise RegionsRefused(
                    _("%(where)s: %(code)s comes with the service. Change it in the desk.")
                    % {"where": entry.where, "code": entry.code}
                )
    return [entry for entry in entries if entry.code not in others]


def _store_regions(
    entries: Sequence[RegionEntry], stored: dict[str, Region], origin: RegionOrigin
) -> dict[str, Region]:
    """All regions by code, those of `entries` as these say.

    One level of the tree is written after the other: a region needs its parent’s key.
    """
    known = dict(stored)
    for level in _levels(entries):
        wanted = [_region(entry, known, origin) for entry in level]
        changed = [r for r in wanted if _differs(r, stored.get(r.code))]
        Region.objects.bulk_create(
            changed,
            batch_size=AT_ONCE,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["kind", "names", "parent", "valid_from", "valid_to"],
        )
        known |= {region.code: region for region in changed}
    return known


def _levels(entries: Iterable[RegionEntry]) -> Iterable[list[RegionEntry]]:
    """The entries by their distance from what is stored or from the world, nearest first."""
    by_code = {entry.code: entry for entry in entries}
    depths: dict[str | None, int] = {}

    def depth(code: str | None) -> int:
        if code not in depths:
            depths[code] = depth(by_code[code].parent) + 1 if code in by_code else -1
        return depths[code]

    levels: defaultdict[int, list[RegionEntry]] = defaultdict(list)
    for entry in by_code.values():
        levels[depth(entry.code)].append(entry)
    return [levels[number] for number in sorted(levels)]


def _region(entry: RegionEntry, known: Mapping[str, Region], origin: RegionOrigin) -> Region:
    """What `entry` says, but for what staff changed."""
    values: dict[str, Any] = {
        "names": dict(entry.names),
        "parent": known[entry.parent] if entry.parent else None,
        "valid_from": parse_date(entry.valid_from) if entry.valid_from else None,
        "valid_to": parse_date(entry.valid_to) if entry.valid_to else None,
    }
    old = known.get(entry.code)
    if old:
        values |= {f: getattr(old, f) for f in old.mended if f in values and f != "parent"}
        values["names"] = _names(entry, old)
    region = Region(code=entry.code, kind=entry.kind, origin=origin, **values)
    region.pk = old.pk if old else None
    region.mended = old.mended if old else []
    return region


def _names(entry: RegionEntry, old: Region) -> dict[str, str]:
    """Those of `entry`, but in languages in which staff wrote a name, or took it away."""
    mended = {f.removeprefix(NAMES) for f in old.mended if f.startswith(NAMES)}
    shipped = {tag: name for tag, name in entry.names.items() if tag not in mended}
    return shipped | {tag: name for tag, name in old.names.items() if tag in mended}


def _differs(region: Region, old: Region | None) -> bool:
    fields = ("kind", "names", "parent_id", "valid_from", "valid_to")
    return old is None or any(getattr(region, f) != getattr(old, f) for f in fields)


def _store_spellings(
    entries: Iterable[RegionEntry], regions: Mapping[str, Region], origin: SpellingOrigin
) -> None:
    """What the regions of `entries` are found by, and no longer what older files had."""
    stored = _stored_spellings()
    wanted: list[RegionSpelling] = []
    stale: list[int] = []
    for entry in entries:
        region = regions[entry.code]
        held = stored[region.pk]
        due = _due(entry, region, held, origin)
        wanted += [
            RegionSpelling(region=region, folded=folded, origin=of, text=text)
            for (folded, of), text in due.items()
            if (folded, of) not in held
        ]
        stale += [pk for key, (pk, _text) in held.items() if key not in due]
    for start in range(0, len(stale), AT_ONCE):
        RegionSpelling.objects.filter(pk__in=stale[start : start + AT_ONCE]).delete()
    RegionSpelling.objects.bulk_create(wanted, batch_size=AT_ONCE, ignore_conflicts=True)


#: A spelling of a region by its folded form and its origin.
_Key = tuple[str, str]


def _due(
    entry: RegionEntry,
    region: Region,
    held: Mapping[_Key, tuple[int, str]],
    origin: SpellingOrigin,
) -> dict[_Key, str]:
    """All spellings that `region` is to have. From staff, and where they changed the list, those
    that it has; else those of `entry`."""
    kept = {key: text for key, (_pk, text) in held.items() if key[1] != SpellingOrigin.DERIVED}
    if "aliases" not in region.mended:
        kept = {key: text for key, text in kept.items() if key[1] == SpellingOrigin.STAFF}
        kept |= {(fold(text), origin.value): text for text in entry.aliases if fold(text)}
    derived = derived_spellings(entry.code, region.names, kept.values())
    return kept | {(f, SpellingOrigin.DERIVED.value): text for f, text in derived.items()}


def _stored_spellings() -> defaultdict[int, dict[_Key, tuple[int, str]]]:
    """By region: key and text of each spelling."""
    found: defaultdict[int, dict[_Key, tuple[int, str]]] = defaultdict(dict)
    rows = RegionSpelling.objects.values_list("region", "folded", "origin", "pk", "text")
    for region, folded, origin, pk, text in rows.order_by().iterator(AT_ONCE):
        found[region][folded, origin] = pk, text
    return found


def _store_links(entries: Iterable[RegionEntry], regions: Mapping[str, Region], field: str) -> None:
    """Those of `entries` that are missing, where staff did not change them."""
    through: type[Model] = getattr(Region, field).through
    through._default_manager.bulk_create(
        [
            through(from_region=regions[entry.code], to_region=regions[code])
            for entry in entries
            if field not in regions[entry.code].mended
            for code in getattr(entry, field)
        ],
        ignore_conflicts=True,
    )
