"""One section of an issue with the incidents it reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from newsletter.models import Incident, Issue, Section
from subscribers.desk.covered import CoveredRegions
from subscribers.desk.pages import DeskAdmin, DeskStackedInline
from subscribers.models import Publication


class IssueForms(CoveredRegions):
    """Forms of an issue or of its parts, in the languages of its publication, on its regions."""

    def publication_of(self, obj: Any) -> int | None:
        if isinstance(obj, Section):
            obj = obj.issue if obj.issue_id else None
        return super().publication_of(obj)

    def languages_of(self, request: HttpRequest, obj: Any) -> Sequence[str]:
        issue = obj
        if isinstance(obj, Section):
            issue = obj.issue if obj.issue_id else None
        if issue is None or not issue.publication_id:
            return _languages_chosen(request)
        return [issue.language, *issue.publication.languages]


def _languages_chosen(request: HttpRequest) -> Sequence[str]:
    """Those of the publication that a new issue is to be of; of any, as long as none is chosen."""
    typed = request.POST or request.GET
    publications = Publication.objects.order_by("pk")
    chosen = typed.get("publication", "")
    if chosen.isdecimal() and publications.filter(pk=chosen).exists():
        publications = publications.filter(pk=chosen)
    of_each = publications.values_list("languages", flat=True)
    known = list(dict.fromkeys(language for languages in of_each for language in languages))
    language = typed.get("language", "")
    return [language, *known] if language in known else known


class IncidentInline(IssueForms, DeskStackedInline):
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
    )


@admin.register(Section)
class SectionAdmin(IssueForms, DeskAdmin):
    """Reached from the section's issue, where saving it leads back to."""

    list_display = ("title", "issue", "position")
    list_select_related = ("issue",)
    fieldsets = ((None, {"fields": (("position", "kind"), "title", "regions", "body")}),)
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
