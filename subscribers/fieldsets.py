"""The regions of a form, arranged for people to tick: wider areas first, then each country."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.utils.translation import gettext as _

from subscribers.collation import collation_key, in_order
from subscribers.listing import separated
from subscribers.models import Level, Region, RegionKind
from subscribers.regions import RegionTree
from subscribers.regions.offering import Offer

#: Kinds that lie beside the countries or above them.
WIDE = (RegionKind.GROUP, RegionKind.WORLD, RegionKind.SUBREGION)
#: In which order the kinds stand inside one fieldset.
ORDER = (*WIDE, RegionKind.COUNTRY, RegionKind.ADMIN1, RegionKind.ADMIN2)


@dataclass(frozen=True)
class RegionBox:
    """One region to tick. `whole` marks a country that stands above its own parts."""

    code: str
    label: str
    #: The members of a group, by name.
    hint: str
    ticked: bool
    whole: bool
    #: How much is wanted of it; empty where that is not asked.
    level: str = ""
    #: What lies in it and can be chosen too.
    parts: Sequence[RegionBox] = ()

    @property
    def is_open(self) -> bool:
        """Whether something in it is ticked."""
        return any(part.ticked or part.is_open for part in self.parts)

    @property
    def levels(self) -> list[LevelChoice]:
        """What there is to choose from."""
        return [
            LevelChoice(f"{self.code} {level}", str(level.label), level == self.level)
            for level in Level
            if self.level
        ]


@dataclass(frozen=True)
class LevelChoice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class RegionFieldset:
    title: str
    boxes: list[RegionBox]


class Arrangement:
    """The regions `offered`, with those whose codes are `ticked`, in the language `language`.

    Those that do not stand by themselves come below the nearest one that they lie in. Where
    `levels` (by code) are given, how much is wanted of each is asked too.
    """

    def __init__(
        self,
        offer: Offer,
        ticked: Collection[str],
        language: str,
        levels: Mapping[str, str] | None = None,
    ) -> None:
        self._levels = levels or {}
        offered = offer.regions.values()
        self._offered = sorted(
            offered,
            key=lambda r: (ORDER.index(RegionKind(r.kind)), collation_key(r.name_in(language))),
        )
        self._ticked = frozenset(ticked)
        self._language = language
        self._tree = RegionTree.around(region.code for region in offered)
        self._namesakes = Counter(region.name_in(language) for region in offered)
        self._found = offer.found
        self._parts: defaultdict[str, list[Region]] = defaultdict(list)
        self._alone = list(self._standing_alone(offer))
        narrow = (r for r in self._alone if r.kind not in (*WIDE, RegionKind.COUNTRY))
        #: The countries of which parts are offered, each a fieldset.
        self._divided = frozenset(self._tree.country(region.code) for region in narrow) - {""}

    def fieldsets(self) -> list[RegionFieldset]:
        """Every offered region once: what was found before all; the others in their country's
        fieldset where parts of it stand by themselves."""
        boxes: defaultdict[str, list[RegionBox]] = defaultdict(list)
        for region in self._alone:
            boxes[self._country_of(region)].append(self._box(region))
        order = sorted(
            boxes, key=lambda country: (country != "", collation_key(self._title(country)))
        )
        rest = [RegionFieldset(self._title(country), boxes[country]) for country in order]
        found = [self._box(region) for region in self._found]
        return [RegionFieldset(_("Found"), found), *rest] if found else rest

    def _standing_alone(self, offer: Offer) -> Iterator[Region]:
        """Those that lie in no other one that is offered; the others are noted as parts."""
        groups = [region for region in self._offered if region.kind == RegionKind.GROUP]
        for region in self._offered:
            if region in self._found:
                continue
            if region.code in offer.first:
                yield region
            elif holder := self._holder(region.code, offer, groups):
                self._parts[holder].append(region)
            else:
                yield region

    def _holder(self, code: str, offer: Offer, groups: Collection[Region]) -> str:
        """The nearest offered region that `code` lies in."""
        wider = (around for around in self._tree.ancestors(code) if around in offer.regions)
        in_groups = (g.code for g in groups if code in self._tree.places(g.code))
        return next(chain(wider, in_groups), "")

    def _country_of(self, region: Region) -> str:
        """The country in whose fieldset `region` stands; empty for that of the wider areas."""
        country = "" if region.kind in WIDE else self._tree.country(region.code)
        return country if country in self._divided else ""

    def _title(self, country: str) -> str:
        return self._tree.name(country, self._language) if country else _("Countries and areas")

    def _box(self, region: Region) -> RegionBox:
        group = region.members.all() if region.kind == RegionKind.GROUP else ()
        members = (member.name_in(self._language) for member in group)
        return RegionBox(
            code=region.code,
            label=self._label(region),
            hint=separated(in_order(members)),
            ticked=region.code in self._ticked,
            whole=region.code in self._divided,
            level=self._levels.get(region.code, ""),
            parts=[self._box(part) for part in self._parts[region.code]],
        )

    def _label(self, region: Region) -> str:
        name = region.name_in(self._language)
        if region.code in self._divided:
            return _("%(country)s (the whole country)") % {"country": name}
        is_known_by_it = self._namesakes[name] == 1 and region not in self._found
        return name if is_known_by_it else self._tree.label(region.code, self._language)
