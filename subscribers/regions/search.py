"""Finding a region by what people call it, in whatever language and spelling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, Min, QuerySet, Value, When
from django.db.models.functions import Length

from subscribers.collation import fold
from subscribers.models import Region, RegionKind, RegionSpelling
from subscribers.models.regions import LONGEST_NAME

_DEPTH = Case(
    *(When(region__kind=kind, then=Value(depth)) for depth, kind in enumerate(RegionKind.values)),
    output_field=IntegerField(),
)

#: So few that a person can look them over.
SHOWN = 20


def find(text: str) -> list[Region]:
    """The regions whose code, name or alias is `text`, ordered by code.

    Only accents, case and punctuation may differ. Namesakes are all returned, for a person
    to choose from.
    """
    folded = _looked_for(text)
    spelled = RegionSpelling.objects.filter(folded=folded).values("region")
    return list(Region.objects.filter(pk__in=spelled).order_by("code")) if folded else []


def search(text: str, *, limit: int = SHOWN, among: Iterable[int] | None = None) -> list[Region]:
    """Up to `limit` regions that are spelled like `text`, best first.

    What is `text` comes before what begins with it, then what has a word that does, then what
    has it anywhere; of these, what is wide comes first, and then what is short. `among` holds
    the keys that count, all if it is None. Each region comes with what it lies in up to its
    country, in one query.
    """
    spelled = matching(text)
    if among is not None:
        spelled = spelled.filter(region__in=list(among))
    ranked = spelled.values("region").annotate(
        rank=Min("rank"), depth=Min(_DEPTH), length=Min(Length("folded"))
    )
    best = ranked.order_by("rank", "depth", "length", "region__code").values_list("region")
    order = {pk: place for place, pk in enumerate(pk for (pk,) in best[:limit])}
    regions = Region.objects.select_related("parent__parent__parent").filter(pk__in=order)
    return sorted(regions, key=lambda region: order[region.pk])


def matching(text: str) -> QuerySet[Any]:
    """The spellings with `text` in them, each with its `rank`; 0 for the whole of it."""
    folded = _looked_for(text)
    found = RegionSpelling.objects.filter(folded__contains=folded)
    return (found if folded else found.none()).annotate(
        rank=Case(
            When(folded=folded, then=Value(0)),
            When(folded__startswith=folded, then=Value(1)),
            When(folded__contains=f" {folded}", then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
    )


def _looked_for(text: str) -> str:
    """`text` as spellings are stored; empty if none can be like it, and no database is to look."""
    folded = fold(text)
    return folded if len(folded) <= LONGEST_NAME and "\0" not in folded else ""
