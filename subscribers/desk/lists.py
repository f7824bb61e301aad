"""Lists of the desk: they are narrowed by what they offer, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError
from django.http import HttpRequest

from subscribers.desk.generic import ModelAdmin


class DeskChangeList(ChangeList):
    """Refuses, as Django does with what it cannot read, what Django would hand to the database.

    An address may name any column of a list and any way to compare it: one that the database
    cannot do is an error of ours, and one that it can do tells what the list does not show.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        """As Django does.

        Raises:
            IncorrectLookupParameters: the address asks for what no filter of the list offers.
        """
        found = super().get_filters(request)
        _specs, _any, not_offered, *_more = found
        if not_offered.keys() - set(getattr(self.model_admin, "narrowed_by", ())):
            raise IncorrectLookupParameters
        return found

    def get_results(self, request: HttpRequest) -> None:
        """As Django does.

        Raises:
            IncorrectLookupParameters: what is looked for is no value that the database knows.
        """
        try:
            super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error


class DeskList(ModelAdmin[Any]):
    """Something of which the desk has a list."""

    #: What else a link to the list may narrow it by, beside its filters.
    narrowed_by: Sequence[str] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList
