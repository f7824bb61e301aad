"""Narrow a list of subscriptions by the language that they are read in."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscribers.languages import name_of
from subscribers.models import Publication


class LanguageFilter(SimpleListFilter):
    """Offers what publications are in: the readers themselves are too many to be asked."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        lists = Publication.objects.order_by().values_list("languages", flat=True)
        tags = sorted({tag for languages in lists for tag in languages})
        return [(tag, name_of(tag)) for tag in tags]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(language=self.value()) if self.value() else queryset
