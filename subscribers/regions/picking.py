"""The regions of the world as a tree to tick in, of which a page shows a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from subscribers.collation import collation_key
from subscribers.models import Region, RegionKind
from subscribers.regions.offering import ALWAYS, codes_in
from subscribers.regions.search import search


@dataclass(frozen=True)
class PickedRegion:
    """A region in the tree, with what is shown of what lies in it."""

    region: Region
    ticked: bool
    #: Whether somebody asked for what lies in it.
    is_asked_for: bool
    #: Whether there is more in it than is shown.
    has_more: bool
    parts: list[PickedRegion]

    @property
    def is_open(self) -> bool:
        return self.is_asked_for or any(part.ticked or part.is_open for part in self.parts)


class RegionPicker:
    """What a page shows of the tree where `ticked` are ticked, in at most four queries.

    These are all countries, and what is wider. Divisions are shown beside ticked ones, in the
    regions `opened`, and where somebody looks for them with `find`. What is over is not shown
    unless it is ticked.
    """

    def __init__(
        self, ticked: Collection[str], *, opened: Collection[str] = (), find: str = ""
    ) -> None:
        self._ticked = frozenset(codes_in(ticked))
        self._opened = frozenset(codes_in(opened))
        self._found = search(find) if find else []
        self._with_parts = self._regions_with_parts()
        self._known = {region.pk: region for region in self._shown()}
        self._below: defaultdict[int | None, list[Region]] = defaultdict(list)
        for region in sorted(self._known.values(), key=lambda r: collation_key(r.name)):
            if region not in self._found:
                self._below[region.parent_id].append(region)

    @property
    def found(self) -> list[PickedRegion]:
        """What was looked for, the best first. It stands in no other place."""
        return [self._picked(self._known[r.pk]) for r in self._found if r.pk in self._known]

    @property
    def tree(self) -> list[PickedRegion]:
        """The world with all that is in it; nothing of what was found."""
        return [self._picked(region) for region in self._below[None]]

    def _regions_with_parts(self) -> frozenset[int]:
        """The keys of those of which all parts are shown."""
        found = [region.pk for region in self._found]
        asked_for = Q(code__in=self._opened) | Q(pk__in=found)
        holding = Q(children__code__in=self._ticked) | Q(children__in=found)
        keys = Region.objects.order_by().filter(asked_for | holding).values_list("pk", flat=True)
        return frozenset(keys)

    def _shown(self) -> Iterable[Region]:
        wanted = Q(kind__in=ALWAYS) | Q(pk__in=self._with_parts) | Q(parent__in=self._with_parts)
        goes_on = Q(valid_to=None) | Q(valid_to__gte=timezone.localdate())
        shown = Region.objects.filter(wanted, goes_on | Q(code__in=self._ticked))
        parts = Region.objects.filter(parent=OuterRef("pk"))
        return shown.select_related("parent").annotate(has_parts=Exists(parts))

    def _picked(self, region: Region) -> PickedRegion:
        return PickedRegion(
            region=region,
            ticked=region.code in self._ticked,
            is_asked_for=region.code in self._opened or region in self._found,
            has_more=self._has_more(region),
            parts=[self._picked(part) for part in self._below[region.pk]],
        )

    def _has_more(self, region: Region) -> bool:
        """Of what is wider than a country, all is shown."""
        is_narrow = region.kind in (RegionKind.COUNTRY, RegionKind.ADMIN1)
        has_parts = bool(getattr(region, "has_parts", False))
        return is_narrow and has_parts and region.pk not in self._with_parts
