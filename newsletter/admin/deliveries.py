"""The desk where one looks up what became of the mail to one reader."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from newsletter.models import Delivery, Mailing
from subscribers.admin import ReadOnlyAdmin


class MailingFilter(admin.RelatedFieldListFilter):
    """The mailings with the titles of their issues, in one query."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, Any]]:
        mailings = Mailing.objects.select_related("issue")
        return [(str(mailing.pk), str(mailing)) for mailing in mailings]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("mailbox", "state", "reason", "settled_at", "mailing")
    list_filter = (("mailing", MailingFilter), "state", "reason")
    list_select_related = ("mailing__issue",)
    search_fields = ("mailbox",)
    search_help_text = _("Search by address.")
    ordering = ("-pk",)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("mailbox", "subscriber", "mailing", "regions")}),
        (_("The mail"), {"fields": ("edition_link", "sections", "outbox")}),
        (
            _("What became of it"),
            {"fields": ("state", "reason", "detail", "attempts", "settled_at")},
        ),
    )

    @admin.display(description=_("regions the reader chose"))
    def regions(self, delivery: Delivery) -> str:
        return str(delivery.region_set)

    @admin.display(description=_("edition"))
    def edition_link(self, delivery: Delivery) -> str:
        if delivery.edition is None:
            return "–"
        address = reverse(
            "admin:newsletter_mailing_edition", args=[delivery.mailing_id, delivery.edition_id]
        )
        return format_html('<a href="{}">{}</a>', address, delivery.edition.subject)

    @admin.display(description=_("sections"))
    def sections(self, delivery: Delivery) -> str:
        if delivery.edition is None:
            return "–"
        parts = delivery.mailing.version.content["sections"]
        titles = [(part["title"],) for part in parts if part["id"] in delivery.edition.sections]
        return format_html_join(" · ", "{}", titles)

    @admin.display(description=_("the mail in the outbox"))
    def outbox(self, delivery: Delivery) -> str:
        if not delivery.detail.endswith(".eml"):
            return "–"
        address = reverse("newsletter:outbox-message", kwargs={"name": delivery.detail})
        return format_html('<a href="{}">{}</a>', address, _("Read it"))
