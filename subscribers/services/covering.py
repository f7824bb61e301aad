"""Which regions a publication covers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from subscribers.errors import AskForRegions
from subscribers.models import Publication, Region
from subscribers.regions.offering import codes_in


@dataclass(frozen=True)
class Covered:
    """What a publication names, before and after."""

    before: list[Region]
    after: list[Region]


@transaction.atomic
def cover(publication: Publication, ticked: Collection[str], *, shown: Collection[str]) -> Covered:
    """Let `publication` name the regions `ticked`, where `shown` were ticked on the page before.

    What differs is done to what is stored by now: of two people who choose at once, each gets
    what they added and what they took away. Codes that mean nothing are passed over.

    Raises:
        AskForRegions: none would be left; nothing is changed.
    """
    Publication.objects.select_for_update().get(pk=publication.pk)
    before = list(publication.regions.all())
    codes = {region.code for region in before} | set(ticked).difference(shown)
    codes -= set(shown).difference(ticked)
    after = list(Region.objects.filter(code__in=codes_in(codes)))
    if not after:
        raise AskForRegions
    publication.regions.set(after)
    return Covered(before, after)
