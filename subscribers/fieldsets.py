"""The regions of a form, arranged for people to tick: wider areas first, then each country."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from subscribers.collation import collation_key, in_order
from subscribers.listing import separated
from subscribers.models import Level, Region, RegionKind
from subscribers.regions import RegionTree

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

    Where `levels` (by code) are given, how much is wanted of each is asked too.
    """

    def __init__(
        self,
        offered: Collection[Region],
        ticked: Collection[str],
        language: str,
        levels: Mapping[str, str] | None = None,
    ) -> None:
        self._levels = levels or {}
        self._offered = sorted(
            offered,
            key=lambda r: (ORDER.index(RegionKind(r.kind)), collation_key(r.name_in(language))),
        )
        self._ticked = frozenset(ticked)
        self._language = language
        self._tree = RegionTree.around(region.code for region in offered)
        self._namesakes = Counter(region.name_in(language) for region in offered)
        narrow = (r for r in offered if r.kind not in (*WIDE, RegionKind.COUNTRY))
        #: The countries of which parts are offered, each a fieldset.
        self._divided = frozenset(self._tree.country(region.code) for region in narrow) - {""}

    def fieldsets(self) -> list[RegionFieldset]:
        """Every offered region once: in its country's fieldset where parts of it are offered."""
        boxes: defaultdict[str, list[RegionBox]] = defaultdict(list)
        for region in self._offered:
            boxes[self._country_of(region)].append(self._box(region))
        order = sorted(
            boxes, key=lambda country: (country != "", collation_key(self._title(country)))
        )
        return [RegionFieldset(self._title(country), boxes[country]) for country in order]

    def _country_of(self, region: Region) -> str:
        """The country in whose fieldset `region` stands; empty for that of the wider areas."""
        country = "" if region.kind in WIDE else self._tree.country(region.code)
        return country if country in self._divided else ""

    def _title(self, country: str) -> str:
        return self._tree.name(country, self._language) if country else _("Countries and areas")

    def _box(self, region: Region) -> RegionBox:
        members = (member.name_in(self._language) for member in region.members.all())
        return RegionBox(
            code=region.code,
            label=self._label(region),
            hint=separated(in_order(members)),
            ticked=region.code in self._ticked,
            whole=region.code in self._divided,
            level=self._levels.get(region.code, ""),
        )

    def _label(self, region: Region) -> str:
        name = region.name_in(self._language)
        if region.code in self._divided:
            return _("%(country)s (the whole country)") % {"country": name}
        alone = self._namesakes[name] == 1
        return name if alone else self._tree.label(region.code, self._language)
