"""The segments of publications, with how many readers each had when it was last counted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.audience.segments import count
from newsletter.models import Segment
from subscribers.desk.covered import CoveredRegions
from subscribers.desk.language_list import LanguagesField
from subscribers.desk.pages import DeskAdmin


@admin.register(Segment)
class SegmentAdmin(CoveredRegions, DeskAdmin):
    list_display = ("name", "publication", "size", "counted_at")
    list_filter = ("publication",)
    list_select_related = ("publication",)
    search_fields = ("name",)
    autocomplete_fields = ("regions",)
    readonly_fields = ("size", "counted_at")
    actions = ("count_again",)
    fieldsets = (
        (None, {"fields": ("publication", "name")}),
        (
            gettext_lazy("Who is in it"),
            {"fields": ("regions", "languages", ("joined_from", "joined_until"))},
        ),
        (gettext_lazy("How many"), {"fields": (("size", "counted_at"),)}),
    )

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name != "languages":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return LanguagesField(label=_("Languages"), help_text=db_field.help_text, required=False)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """As Django does, and counts who is in it now."""
        super().save_related(request, form, formsets, change)
        count(form.instance)

    @admin.action(description=gettext_lazy("Count again"), permissions=["view"])
    def count_again(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        for segment in queryset.select_related("publication"):
            count(segment)
        self.message_user(request, _("Counted."), messages.SUCCESS)
