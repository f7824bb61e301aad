"""The list of deliveries: millions of rows, of which few are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from newsletter.models import Delivery, DeliveryState, Mailing, Reason, Tally
from newsletter.models.deliveries import DOUBTFUL, UNUSUAL
from newsletter.rendering.words import number
from subscribers.desk.lists import BoundedPaginator, DeskChangeList

#: What follows from a state of which there are few: their index is by these.
IMPLIED: Mapping[str, Q] = {
    DeliveryState.UNKNOWN: Q(reason__in=DOUBTFUL),
    DeliveryState.REJECTED: Q(reason=Reason.REFUSED),
    DeliveryState.FAILED: Q(reason__in=(Reason.TOO_MANY_TRIES, Reason.POISON)),
    DeliveryState.SKIPPED: Q(reason__gt=""),
    DeliveryState.EXCLUDED: Q(reason__gt=""),
}

IMPLIED_BY_OUTCOME = {str(one.value): Q(unusual_outcome=one.value) for one in UNUSUAL}

#: The filters of the list in its address, by what tallies call them.
KEPT = {
    "mailing__id__exact": "mailing",
    "state__exact": "state",
    "reason__exact": "reason",
    "outcome__exact": "outcome",
    "again": "resends",
}
RESENDS = {"yes": 1, "no": 0}


class MailingFilter(admin.RelatedFieldListFilter):
    """The mailings with the titles of their issues, in one query."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        mailings = Mailing.objects.select_related("issue")
        return [(str(mailing.pk), str(mailing)) for mailing in mailings]


class SentAgainFilter(admin.SimpleListFilter):
    title = _("resent")
    parameter_name = "again"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        again = {"yes": Q(resends__gt=0), "no": Q(resends=0)}
        return queryset.filter(again.get(self.value() or "", Q()))


class KeptPaginator(BoundedPaginator):
    """Of rows that are not counted, for their number is known."""

    known = 0

    @cached_property
    def _counted(self) -> int:
        return self.known

    @property
    def number_shown(self) -> str:
        """How many there are, though not all of them can be paged through."""
        return number(self.known)


class DeliveryList(DeskChangeList):
    """Looks for what is few along an index, and for nothing where there is none."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Delivery]:
        found: QuerySet[Delivery] = super().get_queryset(request, exclude_parameters)
        if number_kept(request.GET) == 0:
            return found.none()
        state, outcome = (str(request.GET.get(f"{name}__exact")) for name in ("state", "outcome"))
        found = found.filter(IMPLIED.get(state, Q()), IMPLIED_BY_OUTCOME.get(outcome, Q()))
        return found.filter(_down_from_last(request.GET.get("mailing__id__exact", "")))


def _down_from_last(mailing: Any) -> Q:
    """The condition that a delivery comes no later than the last of `mailing` (id, or empty)."""
    known = Mailing.objects.filter(pk=mailing) if mailing else Mailing.objects.none()
    last = known.values_list("last_delivery", flat=True).first()
    return Q() if last is None else Q(pk__lte=last)


def number_kept(query: QueryDict) -> int | None:
    """How many deliveries the filters in `query` leave; None if they are not all that narrows it.

    They are ones that Django has read.
    """
    narrowing = {name: value for name, value in query.items() if value and name != PAGE_VAR}
    # No column holds it, and PostgreSQL refuses to look for it.
    if any("\0" in str(value) for value in narrowing.values()):
        return 0
    if narrowing.keys() - KEPT.keys() or narrowing.get("again", "no") not in RESENDS:
        return None
    alike = {KEPT[name]: RESENDS.get(str(value), value) for name, value in narrowing.items()}
    tallies = Tally.objects.filter(**alike, mailing__tallied_at=None)
    return tallies.aggregate(total=Sum("number"))["total"] or 0


def paginator_of(query: QueryDict, rows: QuerySet[Delivery], per_page: int) -> BoundedPaginator:
    """The paginator of `rows`, which were narrowed by `query`."""
    known = number_kept(query)
    if known is None:
        return BoundedPaginator(rows, per_page)
    paginator = KeptPaginator(rows, per_page)
    paginator.known = known
    return paginator
