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
from django.forms import Widget
from django.http import HttpRequest

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
