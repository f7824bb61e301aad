"""Files of regions: one region a line, in JSON. What is wrong with one is said in a sentence."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from subscribers.errors import RegionsRefused
from subscribers.models import RegionKind
from subscribers.models.regions import CODE, LONGEST_CODE, name_to_find, names_by_language
from subscribers.regions.placing import circle, in_a_circle, lies_well

DATA = Path(__file__).resolve().parent.parent / "data"
#: What comes with the service: Mali and its neighbours, as checked by hand, then the world as
#: ISO 3166 and UN M49 have it: see make_world.py.
SHIPPED = (DATA / "west_africa.jsonl", DATA / "world.jsonl")


@dataclass(frozen=True)
class RegionEntry:
    """One region as a file describes it; the others are named by their codes."""

    code: str
    kind: str
    names: Mapping[str, str]
    parent: str | None = None
    aliases: Sequence[str] = ()
    members: Sequence[str] = ()
    successors: Sequence[str] = ()
    #: ISO 8601.
    valid_from: str | None = None
    valid_to: str | None = None
    #: Where it stands, for people to find it: “own.jsonl, line 7”.
    where: str = field(default="", compare=False)


def read(files: Iterable[Path]) -> list[RegionEntry]:
    """The entries of `files` in their order, each well formed.

    Raises:
        RegionsRefused: a line is no region; says which and why.
    """
    return [entry for file in files for entry in _read(file)]


def check(entries: Iterable[RegionEntry], stored: Mapping[str, RegionEntry] | None = None) -> None:
    """Refuse `entries` that do not make a tree with the regions `stored`, by code.

    Raises:
        RegionsRefused: a code comes twice, a region lies in an unknown one, in one that stands
            no higher, or in a circle, or names an unknown one; says which and where.
    """
    known: dict[str, RegionEntry] = {}
    for entry in entries:
        if entry.code in known:
            raise RegionsRefused(
                _("%(code)s stands twice: %(one)s and %(other)s.")
                % {"code": entry.code, "one": known[entry.code].where, "other": entry.where}
            )
        known[entry.code] = entry
    both = {**(stored or {}), **known}
    kinds = {code: entry.kind for code, entry in both.items()}
    for entry in known.values():
        if entry.kind == RegionKind.WORLD and list(kinds.values()).count(RegionKind.WORLD) > 1:
            raise _refused(entry.where, _("There is a world already."))
        _check_links(entry, kinds)
        _check_parent(entry, kinds)
    _check_circles(known, _outward(both))
    _check_circles(known, {code: entry.members for code, entry in known.items()})


_VALIDITY = ("valid_from", "valid_to")
_REQUIRED = ("code", "kind", "names")
_KNOWN = frozenset(f.name for f in fields(RegionEntry)) - {"where"}


def _read(file: Path) -> Iterator[RegionEntry]:
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file.name, _("This file is not text in UTF-8.")) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = _("%(file)s, line %(number)d") % {"file": file.name, "number": number}
            yield _entry(line, where)


def _entry(line: str, where: str) -> RegionEntry:
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _refused(where, _("This is not JSON.")) from error
    if not isinstance(plain, dict) or not set(_REQUIRED) <= plain.keys() <= _KNOWN:
        raise _refused(where, _("A region needs a code, a kind and names."))
    if why := _malformed(plain):
        raise _refused(where, why)
    return RegionEntry(**plain, where=where)


def _malformed(plain: Mapping[str, Any]) -> str:
    """Why `plain` is no region; empty if it is one."""
    if not isinstance(plain["code"], str) or not 0 < len(plain["code"]) <= LONGEST_CODE:
        return _("A code has 1 to 16 characters.")
    if not re.match(CODE, plain["code"]):
        return _("A code has letters, digits and hyphens, like ML-1.")
    if plain["kind"] not in RegionKind.values:
        return _("“%(kind)s” is not a kind of region.") % {"kind": plain["kind"]}
    try:
        names_by_language(plain["names"])
    except ValidationError as error:
        return " ".join(error.messages)
    return _malformed_list(plain) or _malformed_validity(plain)


def _malformed_list(plain: Mapping[str, Any]) -> str:
    for name in ("aliases", "members", "successors"):
        texts = plain.get(name, [])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return _("“%(field)s” is a list of texts.") % {"field": name}
    try:
        for alias in plain.get("aliases", []):
            name_to_find(alias)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _malformed_validity(plain: Mapping[str, Any]) -> str:
    try:
        start, end = (day and date.fromisoformat(day) for day in map(plain.get, _VALIDITY))
    except (TypeError, ValueError):
        return _("Write the days of its validity like 2024-09-24.")
    if start and end and start >= end:
        return _("It ends before it begins.")
    return ""


def _check_links(entry: RegionEntry, kinds: Collection[str]) -> None:
    for code in (*entry.members, *entry.successors):
        if code not in kinds:
            raise _refused(
                entry.where,
                _("%(code)s names %(other)s, which is not known.")
                % {"code": entry.code, "other": code},
            )
    if entry.members and entry.kind != RegionKind.GROUP:
        raise _refused(entry.where, _("Only a named group has members."))
    if entry.kind == RegionKind.GROUP and not entry.members:
        raise _refused(entry.where, _("Choose the members of the group."))


def _check_parent(entry: RegionEntry, kinds: Mapping[str, str]) -> None:
    if why := _misplaced(entry, kinds):
        raise _refused(entry.where, why % {"code": entry.code, "parent": entry.parent})


def _misplaced(entry: RegionEntry, kinds: Mapping[str, str]) -> str:
    """Why `entry` cannot lie where it does; empty if it can."""
    if (entry.kind == RegionKind.WORLD) != (entry.parent is None):
        return _("%(code)s has to lie in another region; only the world lies in none.")
    if entry.parent is None:
        return ""
    if not isinstance(entry.parent, str) or entry.parent not in kinds:
        return _("%(code)s lies in %(parent)s, which is not known.")
    if not lies_well(entry.kind, kinds[entry.parent]):
        return _("%(code)s cannot lie in %(parent)s, which stands no higher in the tree.")
    return ""


def _outward(entries: Mapping[str, RegionEntry]) -> Mapping[str, Sequence[str]]:
    """What each region lies right in: its parent, and what it was cut out of."""
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for code, entry in entries.items():
        steps[code] += [entry.parent] if entry.parent else []
        for successor in entry.successors:
            steps[successor].append(code)
    return steps


def _check_circles(known: Mapping[str, RegionEntry], steps: Mapping[str, Sequence[str]]) -> None:
    """No region leads back to itself: by what it lies in, or by what it stands for."""
    for code, entry in known.items():
        if found := circle(code, steps):
            raise _refused(entry.where, in_a_circle(found))


def _refused(where: str, why: str) -> RegionsRefused:
    return RegionsRefused(f"{where}: {why}")
