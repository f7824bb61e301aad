"""Finding a region by what people call it, and how two regions lie to each other."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model

from subscribers.collation import fold
from subscribers.models import Region, RegionAlias, RegionKind


def find(text: str) -> list[Region]:
    """The regions whose code, name or alias is `text`, ordered by code.

    Only accents, case and punctuation may differ. Namesakes are all returned, for a person
    to choose from.
    """
    folded = fold(text)
    if not folded:
        return []
    aliased = set(RegionAlias.objects.filter(folded=folded).values_list("region_id", flat=True))
    return [
        region
        for region in Region.objects.order_by("code")
        if region.pk in aliased
        or folded in map(fold, (region.code, region.name_en, region.name_fr))
    ]


class Relation(StrEnum):
    """What a region that a text names is to a region that a reader chose."""

    SAME = "same"
    #: The named region lies inside the chosen one.
    WITHIN = "within"
    #: The named region contains the chosen one.
    WIDER = "wider"


@dataclass(frozen=True)
class RegionRecord:
    """What the tree needs to know of one region; the others are named by their codes."""

    code: str
    kind: str
    name_en: str
    name_fr: str
    parent: str | None
    members: tuple[str, ...]
    predecessors: tuple[str, ...]


class RegionTree:
    """Every region as it stood when the tree was made; it never changes.

    A region lies inside its parent and inside its predecessors, so that who chose Kayes also
    has Kita, which was cut out of it. A group stands for each of its members. Whether a region
    is valid today plays no part: old issues name old regions.

    Methods that answer about one code raise KeyError when there is no such region.
    """

    def __init__(self, records: Iterable[RegionRecord]) -> None:
        """Make the tree of `records`, which name no region that is not among them."""
        self._records = {record.code: record for record in records}
        self._ancestors = _reach({code: _holders(r) for code, r in self._records.items()})
        self._places = self._places_of_each()
        self._above = {
            code: frozenset(above for place in places for above in self._ancestors[place])
            for code, places in self._places.items()
        }
        self._descendants = self._descendants_of_each()

    @classmethod
    def load(cls) -> RegionTree:
        """The tree of the stored regions, in three queries."""
        # The regions are read last, so that no link leads to one that is not among them.
        members = _links(Region.members.through, "from_region__code", "to_region__code")
        predecessors = _links(Region.successors.through, "to_region__code", "from_region__code")
        rows = Region.objects.values_list("code", "kind", "name_en", "name_fr", "parent__code")
        return cls(RegionRecord(*row, members[row[0]], predecessors[row[0]]) for row in rows)

    def __contains__(self, code: object) -> bool:
        return code in self._records

    def name(self, code: str, language: str) -> str:
        """The name in `language`, English where there is no other."""
        record = self._records[code]
        return record.name_fr if language.startswith("fr") else record.name_en

    def country(self, code: str) -> str:
        """ISO 3166-1 code of the country it is or lies in; empty for what is wider."""
        held_by = (code, *self._ancestors[code])
        return next((c for c in held_by if self._records[c].kind == RegionKind.COUNTRY), "")

    def label(self, code: str, language: str) -> str:
        """The name, with the country where there is one: “Savanes (Côte d’Ivoire)”."""
        name, country = self.name(code, language), self.country(code)
        return name if country in ("", code) else f"{name} ({self.name(country, language)})"

    def ancestors(self, code: str) -> tuple[str, ...]:
        """All that it lies inside, nearest first: predecessors, parent, and what holds those."""
        return self._ancestors[code]

    def descendants(self, code: str) -> frozenset[str]:
        """All that has it as an ancestor; for a group, its members and all inside them."""
        return self._descendants[code]

    def places(self, code: str) -> frozenset[str]:
        """The places it stands for: itself, or for a group its members."""
        return self._places[code]

    def relation(self, chosen: str, named: str) -> Relation | None:
        """What `named` is to a reader who chose `chosen`; None if nothing, or if one is unknown.

        Places are related when one lies inside the other; regions that lie side by side in
        the same wider one are not. Groups count for each of their members, and hold them: who
        chose a member sees the group as wider. Where both directions apply, it is WITHIN.
        """
        if chosen not in self or named not in self:
            return None
        if chosen == named:
            return Relation.SAME
        ours, theirs = self._places[chosen], self._places[named]
        shared = not ours.isdisjoint(theirs)
        if (shared and self._is_group(chosen)) or not ours.isdisjoint(self._above[named]):
            return Relation.WITHIN
        if shared or not theirs.isdisjoint(self._above[chosen]):
            return Relation.WIDER
        return None

    def _is_group(self, code: str) -> bool:
        return self._records[code].kind == RegionKind.GROUP

    def _places_of_each(self) -> dict[str, frozenset[str]]:
        """What each region stands for: itself, or the members of a group, of its groups too."""
        groups = {code for code in self._records if self._is_group(code)}
        members = _reach({c: r.members if c in groups else () for c, r in self._records.items()})
        return {
            code: frozenset(members[code]) - groups if code in groups else frozenset([code])
            for code in self._records
        }

    def _descendants_of_each(self) -> dict[str, frozenset[str]]:
        inside: dict[str, set[str]] = {code: set() for code in self._records}
        for code, ancestors in self._ancestors.items():
            for ancestor in ancestors:
                inside[ancestor].add(code)
        return {
            code: frozenset(inside[code].union(places, *(inside[p] for p in places))) - {code}
            for code, places in self._places.items()
        }


def _holders(record: RegionRecord) -> tuple[str, ...]:
    """What a region lies directly inside, nearest first."""
    return record.predecessors if record.parent is None else (*record.predecessors, record.parent)


def _reach(steps: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """For each code all that its steps, and theirs, lead to, nearest first. Circles do no harm."""
    return {code: _reached_from(code, steps) for code in steps}


def _reached_from(start: str, steps: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    found = {start: None}
    queue = deque(found)
    while queue:
        fresh = [code for code in steps[queue.popleft()] if code not in found]
        found.update(dict.fromkeys(fresh))
        queue.extend(fresh)
    return tuple(found)[1:]


def _links(through: type[Model], source: str, target: str) -> defaultdict[str, tuple[str, ...]]:
    """The codes at the `target` end of a relation, by the code at its `source` end."""
    links: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for code, linked in through._default_manager.order_by(target).values_list(source, target):
        links[code] += (linked,)
    return links
