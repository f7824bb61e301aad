"""Channels and groups of recipients: how much each may be sent, and whether it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.models import DomainGroup, Lane, MailDomain, Throttle, clock
from subscribers.addresses import normalise
from subscribers.channels import channels
from subscribers.days import moment
from subscribers.desk.generic import ModelForm
from subscribers.desk.pages import DeskAdmin, DeskTabularInline
from subscribers.errors import AskForAnotherAddress

#: What people set; the rest is written by the workers.
LIMITS = ("rate", "daily_cap", "warm_up_on", "warm_up_first")


class ThrottleForm(ModelForm[Any]):
    rate = forms.FloatField(
        label=_("Messages a second"),
        required=False,
        min_value=0.01,
        help_text=_("Over all workers together. Leave it empty for no limit."),
    )
    daily_cap = forms.IntegerField(
        label=_("Messages a day"),
        required=False,
        min_value=1,
        help_text=_("A mailing that is larger goes on the next day. Days begin at midnight UTC."),
    )


class ThrottleAdmin(DeskAdmin):
    """The limits of something that workers count against."""

    form = ThrottleForm

    @admin.display(description=_("messages a second"), ordering="rate")
    def messages_a_second(self, throttle: Throttle) -> str:
        return gettext("no limit") if throttle.rate is None else number_format(throttle.rate)

    @admin.display(description=_("today"))
    def today(self, throttle: Throttle) -> str:
        """How many were let through today, of how many that may be."""
        day = clock.today()
        spent, allowance = throttle.spent_by(day), throttle.allowance(day)
        if allowance is None:
            return gettext("no limit")
        return gettext("%(spent)s of %(allowance)s") % {
            "spent": number_format(spent, force_grouping=True),
            "allowance": number_format(allowance, force_grouping=True),
        }

    @admin.display(description=_("used up until"), ordering="rate_limited_until")
    def free(self, throttle: Throttle) -> str:
        return _clock(throttle.rate_limited_until)

    def save_model(
        self, request: HttpRequest, obj: Throttle, form: ThrottleForm, change: bool
    ) -> None:
        """Write the limits alone: workers may have written the rest since it was read.

        What was used up by other limits is forgotten.
        """
        obj.rate_limited_until = None
        if change:
            obj.save(update_fields=[*form.changed_data, "rate_limited_until"])
        else:
            obj.save()


def _without_lane() -> list[str]:
    """The channels for which no limit was set yet, and by which no mail was put off."""
    there = set(Lane.objects.values_list("name", flat=True))
    return [name for name in channels() if name not in there]


def _in_words(name: str) -> str:
    channel = channels().get(name)
    return f"{name} ({channel.transport})" if channel else name


@admin.register(Lane)
class LaneAdmin(ThrottleAdmin):
    list_display = ("channel", "messages_a_second", "today", "failed", "next_try", "free")
    readonly_fields = ("channel", "today", "failed", "next_try", "free", "at_once")

    def get_fields(self, request: HttpRequest, obj: Lane | None = None) -> tuple[str, ...]:
        """With the choice of the channel, where it is new and there are several."""
        if obj is None and len(_without_lane()) > 1:
            return ("name", *LIMITS)
        return ("channel", *LIMITS, "today", "failed", "next_try", "free", "at_once")

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "name":
            choices = [(name, _in_words(name)) for name in _without_lane()]
            return forms.ChoiceField(label=_("Channel"), choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("channel"), ordering="name")
    def channel(self, lane: Lane) -> str:
        return _in_words(lane.name or _without_lane()[0])

    @admin.display(description=_("failures in a row"), ordering="failures")
    def failed(self, lane: Lane) -> int:
        return lane.failures

    @admin.display(description=_("does not answer; next try"), ordering="closed_until")
    def next_try(self, lane: Lane) -> str:
        return _clock(lane.closed_until)

    @admin.display(description=_("batches at a time"))
    def at_once(self, lane: Lane) -> str:
        return gettext("no limit") if lane.concurrency is None else str(int(lane.concurrency))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """For a channel that has none, to set a rate ahead of the first mail."""
        return super().has_add_permission(request) and bool(_without_lane())

    def has_delete_permission(self, request: HttpRequest, obj: Lane | None = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Throttle, form: ThrottleForm, change: bool
    ) -> None:
        if isinstance(obj, Lane) and not obj.name:
            obj.name = _without_lane()[0]
        super().save_model(request, obj, form, change)


class MailDomainInline(DeskTabularInline):
    model = MailDomain
    extra = 3
    verbose_name_plural = _("domains of their addresses")

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "domain":
            kwargs["form_class"] = DomainField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class DomainField(forms.CharField):
    """A domain as mailboxes have it: in lower case, and in ASCII."""

    def clean(self, value: Any) -> str:
        try:
            return normalise(f"any@{super().clean(value)}").partition("@")[2].lower()
        except AskForAnotherAddress as error:
            raise forms.ValidationError(gettext("Write it like gmail.com.")) from error


@admin.register(DomainGroup)
class DomainGroupAdmin(ThrottleAdmin):
    list_display = ("name", "messages_a_second", "today", "free")
    fields = ("name", *LIMITS, "today", "free")
    readonly_fields = ("today", "free")
    inlines = (MailDomainInline,)


def _clock(at: datetime | None) -> str:
    return "–" if at is None else moment(timezone.localtime(at), "H:i:s")
