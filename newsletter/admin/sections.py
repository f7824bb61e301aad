"""One section of an issue with the incidents it reports."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from newsletter.models import Incident, Issue, Section
from subscribers.desk.pages import DeskAdmin, DeskForms, DeskStackedInline
from subscribers.models import Language

TRANSLATION = gettext_lazy("In the other language")
TRANSLATED_SECTION: tuple[Any, Any] = (
    TRANSLATION,
    {"classes": ("collapse",), "fields": ("translated_title", "translated_body")},
)


class TranslatedForms(DeskForms):
    """Forms of an issue or of its parts, where the other language is called by its name."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, Any]]:
        places = super().get_fieldsets(request, obj)
        issue = obj.issue if isinstance(obj, Section) and obj.issue_id else obj
        language = getattr(issue, "language", "")
        if not language:
            return places
        other = Language(language).translated
        named = capfirst(other.in_words)
        return [(named if title == TRANSLATION else title, options) for title, options in places]


class IncidentInline(TranslatedForms, DeskStackedInline):
    model = Incident
    extra = 0
    autocomplete_fields = ("regions",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("date_precision", "date_start", "date_end"),
                    "summary",
                    ("event_type", "actor1", "actor2"),
                    ("toll_low", "toll_high"),
                    ("regions", "place"),
                    ("source_url", "as_of"),
                )
            },
        ),
        (
            TRANSLATION,
            {
                "classes": ("collapse",),
                "fields": (
                    "translated_summary",
                    ("translated_event_type", "translated_actor1", "translated_actor2"),
                    "translated_place",
                ),
            },
        ),
    )


@admin.register(Section)
class SectionAdmin(TranslatedForms, DeskAdmin):
    """Reached from the section's issue, where saving it leads back to."""

    list_display = ("title", "issue", "position")
    list_select_related = ("issue",)
    fieldsets = (
        (None, {"fields": (("position", "kind"), "title", "regions", "body")}),
        TRANSLATED_SECTION,
    )
    autocomplete_fields = ("regions",)
    inlines = (IncidentInline,)

    def rows_to_lock(self, pk: Any) -> QuerySet[Issue]:
        """The whole issue, whose page writes its sections too."""
        return Issue.objects.filter(pk__in=Section.objects.filter(pk=pk).values("issue"))

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """None for the index: an editor thinks of an issue first."""
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def response_post_save_change(self, request: HttpRequest, obj: Section) -> HttpResponseRedirect:
        return redirect("admin:newsletter_issue_change", obj.issue_id)
