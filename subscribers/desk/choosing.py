"""Choosing other rows in a form of the desk.

Django hands what was sent for a choice to the database as it is, to look for it and once more to
show the form again. What can be no key of a row fails there, in one database or the other.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    FilteredSelectMultiple,
)
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Widget
from django.http import HttpRequest

from subscribers.models import Publication, Region, RegionKind
from subscribers.regions.reaching import covered_by

#: What names, in an address, the publications whose regions can be chosen.
COVERED_BY = "covered_by"
#: Of no row: keys begin at one. A choice of it is answered as one of a row that is gone.
NOBODY = "0"
#: Digits that fit into a column of keys, whichever they are.
_DIGITS = 18


class _KeysOnly(Widget):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was sent, with `NOBODY` for what can be no key."""
        given = super().value_from_datadict(data, files, name)
        return [_key(one) for one in given] if isinstance(given, list) else _key(given)


def _key(given: str | None) -> str | None:
    if not given or (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
        return given
    return NOBODY


class ChooseOne(_KeysOnly, AutocompleteSelect):
    """A row, found by typing."""


class ChooseSome(_KeysOnly, AutocompleteSelectMultiple):
    """Rows, found by typing."""


class ChooseFromAll(_KeysOnly, FilteredSelectMultiple):
    """Rows, from a list of all."""


class Suggestions(AutocompleteJsonView):
    """What is found by typing, of everything but readers."""

    def process_request(self, request: HttpRequest) -> Any:
        """As Django does.

        Raises:
            PermissionDenied: it is something of which each look is kept.
        """
        asked = super().process_request(request)
        if getattr(asked[1], "audits_looking", False):
            raise PermissionDenied
        return asked

    def get_queryset(self) -> QuerySet[Any]:
        """As Django does; regions are those that the publications named cover."""
        found: QuerySet[Any] = super().get_queryset()
        if found.model is not Region:
            return found
        asked = self.request.GET.get(COVERED_BY, "").split(",")
        keys = [key for key in asked if key and _key(key) == key]
        covered = covered_by(*Publication.objects.filter(pk__in=keys))
        found = found.select_related("parent")
        # A publication that names no regions covers all of them.
        return found.filter(pk__in=covered) if covered else found

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """As Django does; a division comes with what it lies in, which tells namesakes apart."""
        told: dict[str, str] = super().serialize_result(obj, to_field_name)
        if isinstance(obj, Region) and obj.kind in (RegionKind.ADMIN1, RegionKind.ADMIN2):
            told["text"] = f"{obj.name} ({obj.parent})"
        return told
