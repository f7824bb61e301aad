"""The desk where one looks up what became of the mail to one reader."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.admin.delivery_explanation import chosen_since, explain, moment, sections_of
from newsletter.admin.delivery_list import (
    DeliveryList,
    MailingFilter,
    SentAgainFilter,
    paginator_of,
)
from newsletter.admin.preview import SEES_READERS
from newsletter.editions.recipes import subject_of
from newsletter.models import Delivery, DeliveryEvent, Mailing
from newsletter.transports.outbox import may_read_outbox
from subscribers.desk.finding import FoundByAddress
from subscribers.desk.lists import BoundedPaginator
from subscribers.desk.reading import ReadOnlyAdmin, ReadOnlyInline


class DeliveryEventInline(ReadOnlyInline):
    """What the mail service reported, in the order in which it happened."""

    model = DeliveryEvent
    fields = ("happened_at", "kind", "detail", "esp", "received_at")
    verbose_name_plural = _("what the mail service reported")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Anyone who may look at a delivery may look at what was reported of it."""
        return True


@admin.register(Delivery)
class DeliveryAdmin(FoundByAddress, ReadOnlyAdmin):
    audits_looking = True
    list_display = ("mailbox", "state", "reason", "outcome", "sent_again", "settled", "mailing")
    list_filter = (("mailing", MailingFilter), "state", "reason", "outcome", SentAgainFilter)
    narrowed_by = ("subscriber__id__exact",)
    list_select_related = ()
    shown_with = (Prefetch("mailing", Mailing.objects.select_related("issue__publication")),)
    sortable_by = ()
    ordering = ("-pk",)
    show_full_result_count = False
    fieldsets = (
        (_("Why"), {"fields": ("story", "since", "outbox")}),
        (None, {"fields": ("mailbox", "subscriber", "mailing", "regions")}),
        (_("Email"), {"fields": ("edition_link", "edition_name", "sections")}),
        (
            _("Result"),
            {
                "fields": (
                    "state",
                    "reason",
                    "detail",
                    "remote_id",
                    "attempts",
                    "sent_again",
                    "settled",
                    "outcome",
                    "reported",
                )
            },
        ),
    )
    inlines = (DeliveryEventInline,)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeliveryList]:
        return DeliveryList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> BoundedPaginator:
        return paginator_of(request.GET, queryset, per_page)

    def get_fieldsets(self, request: HttpRequest, obj: Delivery | None = None) -> Any:
        """Without what is for staff with rights of their own alone."""
        not_shown = set()
        if obj is None or not request.user.has_perm(SEES_READERS) or not chosen_since(obj):
            not_shown.add("since")
        if not may_read_outbox(request.user):
            not_shown.add("outbox")
        may_open_it = self.admin_site.get_model_admin(Mailing).has_view_permission(request)
        not_shown.add("edition_name" if may_open_it else "edition_link")
        return [
            (title, {"fields": [name for name in shown["fields"] if name not in not_shown]})
            for title, shown in super().get_fieldsets(request, obj)
        ]

    @admin.display(description=_("in words"))
    def story(self, delivery: Delivery) -> str:
        return format_html_join("", "<p>{}</p>", ((said,) for said in explain(delivery)))

    @admin.display(description=_("since then"))
    def since(self, delivery: Delivery) -> str:
        return chosen_since(delivery)

    @admin.display(description=_("resent"))
    def sent_again(self, delivery: Delivery) -> str:
        return gettext("once") if delivery.resends else "–"

    @admin.display(description=_("settled"))
    def settled(self, delivery: Delivery) -> str:
        return moment(delivery.settled_at, delivery)

    @admin.display(description=_("time of the outcome"))
    def reported(self, delivery: Delivery) -> str:
        return moment(delivery.outcome_at, delivery)

    @admin.display(description=_("regions the reader chose"))
    def regions(self, delivery: Delivery) -> str:
        return str(delivery.interest_set)

    @admin.display(description=_("edition"))
    def edition_link(self, delivery: Delivery) -> str:
        if delivery.edition is None:
            return "–"
        address = reverse(
            "admin:newsletter_mailing_edition", args=[delivery.mailing_id, delivery.edition_id]
        )
        return format_html('<a href="{}">{}</a>', address, subject_of(delivery.edition))

    @admin.display(description=_("edition"))
    def edition_name(self, delivery: Delivery) -> str:
        return "–" if delivery.edition is None else subject_of(delivery.edition)

    @admin.display(description=_("sections"))
    def sections(self, delivery: Delivery) -> str:
        return " · ".join(sections_of(delivery)) or "–"

    @admin.display(description=_("the email in the outbox"))
    def outbox(self, delivery: Delivery) -> str:
        if not delivery.outbox_name:
            return "–"
        address = reverse("newsletter:outbox-message", kwargs={"name": delivery.outbox_name})
        return format_html('<a href="{}">{}</a>', address, _("Read it"))
