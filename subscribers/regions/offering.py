"""What readers of a publication can choose: the regions that it names, and all that is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q

from subscribers.models import Publication, Region, RegionKind
from subscribers.models.regions import CODE, LONGEST_CODE
from subscribers.regions.reaching import covered_by
from subscribers.regions.search import search

#: So many regions a form shows at most. Where more are covered it shows no divisions but those
#: that somebody names or looks for.
MOST_SHOWN = 400
#: What is shown however much there is: some three hundred in the world.
ALWAYS = (RegionKind.WORLD, RegionKind.SUBREGION, RegionKind.COUNTRY, RegionKind.GROUP)


def are_covered(publication: Publication, regions: Collection[Region]) -> bool:
    """Whether `publication` covers all of `regions`."""
    return covered_by(publication).issuperset(region.pk for region in regions)


class Offer:
    """The regions that one form shows, out of all that `publication` covers.

    Those `held` by the reader stay, so that none is lost. `asked_for` are codes that somebody
    ticked, sent or follows a link with, and `find` is what they look for: these are shown
    however many there are, and so is what lies beside them. A region whose time is over is
    offered to nobody else.
    """

    def __init__(
        self,
        publication: Publication,
        *,
        held: Collection[Region] = (),
        asked_for: Iterable[str] = (),
        find: str = "",
    ) -> None:
        self._covered = covered_by(publication)
        self._today = publication.today
        named = publication.regions.prefetch_related("members")
        #: Regions that the reader holds, though nothing is written on them any more.
        self.no_longer_covered = [region for region in held if region.pk not in self._covered]
        #: Whether the publication names any region, be its time over or not.
        self.names_some = bool(named)
        #: What was looked for.
        self.found = self._search(find)
        shown = {*filter(self._goes_on, named), *held, *self._more(asked_for), *self.found}
        self.regions = {region.code: region for region in shown}
        #: Codes of those that stand by themselves; the others stand below what they lie in.
        self.first = {region.code for region in (*named, *self.no_longer_covered)}

    @property
    def is_all(self) -> bool:
        """Whether nothing else is to be found."""
        return len(self._covered) <= MOST_SHOWN

    def _more(self, asked_for: Iterable[str]) -> Iterable[Region]:
        covered = Region.objects.filter(pk__in=self._covered).prefetch_related("members")
        if not self.is_all:
            beside = Region.objects.filter(code__in=codes_in(asked_for)).values("parent")
            covered = covered.filter(Q(kind__in=ALWAYS) | Q(parent__in=beside))
        return filter(self._goes_on, covered)

    def _search(self, text: str) -> list[Region]:
        found = search(text, among=self._covered) if text else []
        return list(filter(self._goes_on, found))

    def _goes_on(self, region: Region) -> bool:
        end: date | None = region.valid_to
        return end is None or end >= self._today


def codes_in(sent: Iterable[str]) -> list[str]:
    """Those of `sent` that can be codes: a form or an address may hold anything."""
    return [code for code in sent if re.match(CODE, code) and len(code) <= LONGEST_CODE]
