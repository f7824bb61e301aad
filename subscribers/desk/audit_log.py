"""The audit log, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscribers.desk.reading import ReadOnlyAdmin
from subscribers.models import AuditEntry
from subscribers.wordings import told


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what. Nobody adds to it by hand, and nobody takes anything away."""

    list_display = ("at", "actor_name", "action", "about", "noted")
    list_filter = ("action", "at")
    search_fields = ("actor_name", "about_label", "=about_id")
    search_help_text = _("Search by who it was, or by the name or number of what it is about.")
    show_full_result_count = False
    fields = ("at", "actor_name", "action", "about", "noted", "old_and_new")

    @admin.display(description=_("about"))
    def about(self, entry: AuditEntry) -> str:
        return entry.about

    @admin.display(description=_("note"))
    def noted(self, entry: AuditEntry) -> str:
        return told(entry.note) or "–"

    @admin.display(description=_("changes"))
    def old_and_new(self, entry: AuditEntry) -> str:
        """A table of each field with what it held before and after."""
        if not entry.changes:
            return "–"
        rows = (
            (name, _shown(old), _shown(new)) for name, (old, new) in sorted(entry.changes.items())
        )
        head = (gettext("Field"), gettext("Before"), gettext("After"))
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", '<th scope="col">{}</th>', ((title,) for title in head)),
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows),
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("subscribers.view_auditentry")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "–"
    return "–" if value is None else str(value)
