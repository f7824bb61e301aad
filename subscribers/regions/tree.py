"""How two regions lie to each other."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Model, Q

from subscribers.fallback import in_language
from subscribers.models import ChosenRegion, Publication, Region, RegionKind
from subscribers.regions.reaching import around, covered_by


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
    #: By language tag, English among them.
    names: Mapping[str, str]
    parent: str | None
    members: tuple[str, ...]
    predecessors: tuple[str, ...]
    #: The digest of the outline that staff gave it; empty without one.
    outline: str = ""


class RegionTree:
    """Regions as they stood when the tree was made; it never changes.

    A region lies inside its parent and inside its predecessors, so that who chose Kayes also
    has Kita, which was cut out of it. A group stands for each of its members. Whether a region
    is valid today plays no part: old issues name old regions.

    There are thousands of regions in the world. A tree of some of them knows how those lie to
    each other and what they lie in, and refuses to answer for others: a reader must not be
    passed over because nobody had looked their region up.

    Methods that answer about one code raise KeyError when there is no such region.
    """

    def __init__(
        self, records: Iterable[RegionRecord], *, asked_for: Collection[str] | None = None
    ) -> None:
        """Make the tree of `records`, which name no region that is not among them.

        With `asked_for`, these are the codes that it can answer for: one of them without a
        record is a region that does not exist. Without, every code is.
        """
        self._records = {record.code: record for record in records}
        self._asked_for = None if asked_for is None else frozenset(asked_for)
        self._ancestors = _reach({code: _holders(r) for code, r in self._records.items()})
        self._places = self._places_of_each()
        self._above = {
            code: frozenset(above for place in places for above in self._ancestors[place])
            for code, places in self._places.items()
        }

    @classmethod
    def load(cls) -> RegionTree:
        """The tree of all stored regions, in three queries. For jobs, not for requests."""
        return cls(_records())

    @classmethod
    def around(cls, codes: Iterable[str]) -> RegionTree:
        """The tree of the regions `codes` with all that they lie in or stand for.

        In four queries, and in the time that those take, however many regions there are.
        """
        asked_for = frozenset(codes)
        return cls(_records(around(asked_for)), asked_for=asked_for)

    @classmethod
    def for_readers_of(cls, publication: Publication, named: Iterable[str]) -> RegionTree:
        """The tree of `named` and of all that anybody chose, or may choose of `publication`."""
        chosen = ChosenRegion.objects.order_by().values_list("region__code")
        offered = Region.objects.filter(pk__in=covered_by(publication)).order_by()
        codes = (*chosen.distinct(), *offered.values_list("code"))
        return cls.around({*named, *(code for (code,) in codes)})

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, code: object) -> bool:
        return code in self._records

    def name(self, code: str, language: str) -> str:
        """The name in `language`, a wider one or English: pt-BR, then pt, then en."""
        return in_language(self._records[code].names, language)

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

    def places(self, code: str) -> frozenset[str]:
        """The places it stands for: itself, or for a group its members."""
        return self._places[code]

    def drawn_from(self, code: str) -> list[str]:
        """What a map draws it from: its own outline where staff gave it one, else its places.

        An outline of staff goes by the code and its digest: “x-LIPTAKO@3f2a19c04b77”.
        """
        own = [code] if self._records[code].outline else sorted(self._places[code])
        digests = ((place, self._records[place].outline) for place in own)
        return [f"{place}@{digest}" if digest else place for place, digest in digests]

    def relation(self, chosen: str, named: str) -> Relation | None:
        """What `named` is to a reader who chose `chosen`; None if nothing, or if one is gone.

        Places are related when one lies inside the other; regions that lie side by side in
        the same wider one are not. Groups count for each of their members, and hold them: who
        chose a member sees the group as wider. Where both directions apply, it is WITHIN.

        Raises:
            LookupError: the tree is one of some regions, and was not made for one of these.
        """
        if chosen not in self or named not in self:
            self._must_know_of(chosen, named)
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

    def _must_know_of(self, *codes: str) -> None:
        if self._asked_for is None:
            return
        if strange := [c for c in codes if c not in self and c not in self._asked_for]:
            raise LookupError(f"This tree was not made for {strange}.")

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


def _records(keys: Collection[int] | None = None) -> list[RegionRecord]:
    """The stored regions, all of them or those with these `keys`, in three queries."""
    # The regions are read last, so that no link leads to one that is not among them.
    members = _links(Region.members.through, "from_region", "to_region", keys)
    predecessors = _links(Region.successors.through, "to_region", "from_region", keys)
    regions = Region.objects.order_by() if keys is None else Region.objects.filter(pk__in=keys)
    rows = regions.values_list("code", "kind", "names", "parent__code", "outline__digest")
    return [
        RegionRecord(code, kind, names, parent, members[code], predecessors[code], digest or "")
        for code, kind, names, parent, digest in rows
    ]


def _links(
    through: type[Model], source: str, target: str, keys: Collection[int] | None
) -> defaultdict[str, tuple[str, ...]]:
    """The codes at the `target` end of a relation, by the code at its `source` end."""
    links: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    between = Q() if keys is None else Q(**{f"{source}__in": keys, f"{target}__in": keys})
    rows = through._default_manager.filter(between).order_by(f"{target}__code")
    for code, linked in rows.values_list(f"{source}__code", f"{target}__code"):
        links[code] += (linked,)
    return links
