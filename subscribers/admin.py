"""Readers in the admin: what may be looked up, and the few things staff may decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from subscribers.addresses import mailbox_key, normalise
from subscribers.desk import audit_log, regions, staff
from subscribers.desk.channel_choice import channel_choices
from subscribers.desk.covering import CoveringPage
from subscribers.desk.finding import FEW, FoundByAddress, as_stored, is_at
from subscribers.desk.generic import ModelForm
from subscribers.desk.language_filter import LanguageFilter
from subscribers.desk.language_list import LanguagesField
from subscribers.desk.pages import DeskAdmin
from subscribers.desk.personal_data import PersonalDataPages
from subscribers.desk.reading import ReadOnlyAdmin, ReadOnlyInline
from subscribers.errors import AskForAnotherAddress
from subscribers.forms import LongSelect
from subscribers.languages import tag_of
from subscribers.models import (
    WITH_REGIONS,
    ConsentEvent,
    ConsentSource,
    EndedReason,
    Notice,
    Publication,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.models.publications import default_languages
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end
from subscribers.time_zones import all_time_zones, place_of

__all__ = ["audit_log", "regions", "staff"]


@admin.register(Publication)
class PublicationAdmin(CoveringPage):
    list_display = ("name", "from_address", "place")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("former_slugs", "regions_covered")
    fieldsets = (
        (
            gettext_lazy("Identity"),
            {
                "fields": (
                    "name",
                    "slug",
                    "former_slugs",
                    "description",
                    ("accent", "accent_dark"),
                    "masthead",
                    "masthead_place",
                )
            },
        ),
        (
            gettext_lazy("Emails and issues"),
            {
                "fields": (
                    "measured",
                    "section_order",
                    "contact",
                    "footer",
                    "postal_address",
                    "privacy_url",
                    "mail_when_nothing",
                )
            },
        ),
        (
            gettext_lazy("Sign-up and archive"),
            {"fields": ("regions_covered", "languages", "archive_open")},
        ),
        (
            gettext_lazy("Sending"),
            {
                "fields": (
                    "from_name",
                    "from_address",
                    "reply_to",
                    "channel",
                    "list_id",
                    "approval",
                    "time_zone",
                    "undo_seconds",
                    "alert_undo_seconds",
                )
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, Any]]:
        """Without the channel, where there is no other to choose."""
        places = super().get_fieldsets(request, obj)
        if len(channel_choices()) > 1:
            return places
        return [
            (name, {**options, "fields": [f for f in options["fields"] if f != "channel"]})
            for name, options in places
        ]

    def languages_of(self, request: HttpRequest, obj: Any) -> Sequence[str]:
        """Its own; of a new one the first that is typed, and the others once it is there."""
        if obj is not None:
            return list(obj.languages)
        typed = map(tag_of, LanguagesField().to_python(request.POST.get("languages", "")))
        return [*filter(None, typed), *default_languages()][:1]

    @admin.display(description=gettext_lazy("former short names"))
    def former_slugs(self, publication: Publication) -> str:
        """Those whose addresses lead here."""
        former = publication.former_slugs.all() if publication.pk else ()
        return ", ".join(map(str, former)) or "–"

    @admin.display(description=gettext_lazy("time zone"), ordering="time_zone")
    def place(self, publication: Publication) -> str:
        return place_of(publication.time_zone)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "time_zone":
            label = capfirst(db_field.verbose_name)
            return forms.ChoiceField(
                label=label, choices=all_time_zones, initial="UTC", widget=LongSelect
            )
        if db_field.name == "channel":
            label = capfirst(db_field.verbose_name)
            return forms.ChoiceField(
                label=label, choices=channel_choices, help_text=db_field.help_text
            )
        if db_field.name != "languages":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return LanguagesField(label=_("Languages"), help_text=db_field.help_text)


class SubscriptionInline(ReadOnlyInline):
    model = Subscription
    fields = ("publication", "interest_set", "language", "status", "ended_reason", "confirmed_at")
    show_change_link = True


@admin.register(Subscriber)
class SubscriberAdmin(PersonalDataPages, ReadOnlyAdmin):
    audits_looking = True
    list_display = ("address", "name", "place", "created_at")
    sortable_by = ()
    search_fields = ("mailbox", "name")
    search_help_text = gettext_lazy("Search by address, by how it begins, or by name.")
    show_full_result_count = False
    inlines = (SubscriptionInline,)
    fields = ("address", "name", "place", "created_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        """Those whose address begins with what was typed, and those whose name has it in it."""
        if not search_term.strip():
            return queryset, False
        found = is_at(search_term)
        if "@" not in search_term:
            named = Subscriber.objects.filter(name__gt="", name__icontains=search_term.strip())
            found |= Q(pk__in=list(named.order_by().values_list("pk", flat=True)[:FEW]))
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("time zone"))
    def place(self, subscriber: Subscriber) -> str:
        return place_of(subscriber.time_zone) or "–"


class ConsentEventInline(ReadOnlyInline):
    model = ConsentEvent
    fields = ("kind", "at", "wording", "language", "page", "interests", "network")


@admin.register(Subscription)
class SubscriptionAdmin(FoundByAddress, ReadOnlyAdmin):
    """A subscription is never added here: nobody can consent for somebody else."""

    audits_looking = True
    list_display = (
        "subscriber",
        "publication",
        "interest_set",
        "status",
        "ended_reason",
        "confirmed_at",
    )
    list_filter = ("status", "ended_reason", "publication", LanguageFilter, "mail_format")
    list_select_related = ("subscriber",)
    shown_with = ("publication", f"interest_set__{WITH_REGIONS}")
    sortable_by = ()
    search_help_text = gettext_lazy(
        "Search by address, or by the reference in an email that asks to unsubscribe."
    )
    show_full_result_count = False
    inlines = (ConsentEventInline,)
    actions = ("end_subscription",)
    fields = (
        "subscriber",
        "publication",
        "interest_set",
        "language",
        "mail_format",
        "status",
        "requested_at",
        "confirmed_at",
        "ended_at",
        "ended_reason",
        "only_on_change",
        "paused_until",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscription], search_term: str
    ) -> tuple[QuerySet[Subscription], bool]:
        """As Django does, or the one of a reference."""
        try:
            return queryset.filter(public_id=UUID(search_term.split()[-1])), False
        except (IndexError, ValueError):
            return super().get_search_results(request, queryset, search_term)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subscribers.change_subscription")

    @admin.action(
        description=gettext_lazy("End the subscription (removed by staff)"), permissions=["end"]
    )
    def end_subscription(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        note = gettext_lazy("Ended by staff.")
        shown = Shown(wording="", language="", page=request.path, source=ConsentSource.STAFF)
        ended = 0
        for subscription in queryset:
            if end(subscription, reason=EndedReason.REMOVED, shown=shown):
                self.log_change(request, subscription, note)
                ended += 1
        self.message_user(request, _ended(ended), messages.SUCCESS)


def _ended(number: int) -> str:
    text = ngettext(
        "%(number)d subscription has ended.", "%(number)d subscriptions have ended.", number
    )
    return text % {"number": number}


class SuppressionForm(ModelForm[Suppression]):
    class Meta:
        model = Suppression
        fields = ("mailbox", "reason", "detail")

    def clean_mailbox(self) -> str:
        """In lower case: a mailbox is the same however it is written."""
        try:
            return normalise(self.cleaned_data["mailbox"]).lower()
        except AskForAnotherAddress as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(Suppression)
class SuppressionAdmin(DeskAdmin):
    audits_looking = True
    form = SuppressionForm
    list_display = ("shown", "reason", "detail", "created_at", "asked_again_at")
    list_filter = ("reason",)
    search_fields = ("mailbox__startswith",)
    search_help_text = gettext_lazy("Search by address. An erased one is found by all of it.")
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """By how it begins; that of an erased reader by the whole address."""
        if not search_term.strip():
            return queryset, False
        found = is_at(search_term) | Q(mailbox_key=mailbox_key(as_stored(search_term)))
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("mailbox"), ordering="mailbox")
    def shown(self, suppression: Suppression) -> str:
        return str(suppression)


@admin.register(Notice)
class NoticeAdmin(FoundByAddress, ReadOnlyAdmin):
    reader = "subscription__subscriber"
    audits_looking = True
    list_display = ("subscription", "kind", "state", "created_at", "sent_at", "reason", "trouble")
    list_filter = ("state", "kind")
    list_select_related = ("subscription__subscriber",)
    shown_with = ("subscription__publication",)
    show_full_result_count = False
