"""The regions that readers chose, a row for each of their interest sets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Q, TextField
from django.db.models.sql.compiler import SQLCompiler

from newsletter.models.among import among
from subscribers.models import ChosenRegion


def codes_chosen(interest_sets: Collection[int], wanted: Q) -> dict[int, frozenset[str]]:
    """By interest set (ids), the codes of its regions of which `wanted` holds."""
    chosen = ChosenRegion.objects.filter(wanted, interest_set__in=among(interest_sets))
    rows = chosen.order_by().values_list("interest_set").annotate(codes=_Joined("region__code"))
    found = {interest_set: frozenset(codes.split()) for interest_set, codes in rows}
    return dict.fromkeys(interest_sets, frozenset()) | found


class _Joined(Aggregate):
    """All values of a column, with spaces between; no code has any."""

    function = "string_agg"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> Any:
        return self.as_sql(compiler, connection, function="group_concat", **extra)
