"""Lists of the desk: narrowed by what they offer, and shown at once however long they are.

Nobody pages through a million rows. A list counts up to a limit, and says “more than” from there;
what one looks for is found by a search, or by narrowing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from subscribers.desk.generic import ModelAdmin

#: How many rows of a list can be paged through.
MOST = 1_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts, and pages through, no more than :data:`MOST` rows."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self._counted > MOST

    @property
    def number_shown(self) -> str:
        """How many there are, in words."""
        number = number_format(self.count, force_grouping=True)
        return _("more than %(number)s") % {"number": number} if self.is_cut else number


class DeskChangeList(ChangeList):
    """Refuses, as Django does with what it cannot read, what Django would hand to the database.

    An address may name any column of a list and any way to compare it: one that the database
    cannot do is an error of ours, and one that it can do tells what the list does not show.
    """

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """As Django does; what many rows share is read once."""
        found: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return found.prefetch_related(*getattr(self.model_admin, "shown_with", ()))

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
        if not self.result_count:
            # Where no index finds that there are none, it takes long, and Django asks twice.
            self.result_list = self.queryset.none()
        # Django would look up for each row whether its link leads back to this list.
        self._back, self.preserved_filters = self.preserved_filters, ""

    def url_for_result(self, result: Any) -> str:
        """As Django does, with the way back to the list as it is narrowed."""
        address: str = super().url_for_result(result)
        return f"{address}?{self._back}" if self._back else address

    @property
    def number_shown(self) -> str:
        """How many rows there are, in words."""
        return str(self.paginator.number_shown)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be paged through: nobody acts on all of them."""
        return bool(self.paginator.is_cut)


class DeskList(ModelAdmin[Any]):
    """Something of which the desk has a list."""

    paginator = BoundedPaginator
    list_per_page = 50
    # They would count the table for every filter.
    show_facets = ShowFacets.NEVER
    #: What else a link to the list may narrow it by, beside its filters.
    narrowed_by: Sequence[str] = ()
    #: What its rows show of other tables, and many of them share: the few of a page are read
    #: once, not beside each row.
    shown_with: Sequence[str | Prefetch[Any]] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList
