"""The ways out: how fast each may be used, and whether it answers."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.models import Lane


class LaneForm(forms.ModelForm):
    rate = forms.FloatField(
        label=_("Messages a second"),
        required=False,
        min_value=0.01,
        help_text=_("Over all workers together. Leave it empty for no limit."),
    )

    class Meta:
        model = Lane
        fields = ("rate",)


@admin.register(Lane)
class LaneAdmin(admin.ModelAdmin):
    """Only the rate is for people; the rest is written by the workers."""

    form = LaneForm
    list_display = ("transport", "messages_a_second", "failed", "next_try", "free")
    fields = ("transport", "rate", "failed", "next_try", "free")
    readonly_fields = ("transport", "failed", "next_try", "free")

    @admin.display(description=_("mail transport"), ordering="name")
    def transport(self, lane: Lane) -> str:
        return lane.name or settings.MAIL_TRANSPORT

    @admin.display(description=_("messages a second"), ordering="rate")
    def messages_a_second(self, lane: Lane) -> str:
        return gettext("no limit") if lane.rate is None else number_format(lane.rate)

    @admin.display(description=_("failures in a row"), ordering="failures")
    def failed(self, lane: Lane) -> int:
        return lane.failures

    @admin.display(description=_("does not answer; next try"), ordering="open_until")
    def next_try(self, lane: Lane) -> str:
        return _clock(lane.open_until)

    @admin.display(description=_("used up until"), ordering="free_at")
    def free(self, lane: Lane) -> str:
        return _clock(lane.free_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """For the transport in use alone, to set a rate ahead of the first mail."""
        there = Lane.objects.filter(name=settings.MAIL_TRANSPORT).exists()
        return super().has_add_permission(request) and not there

    def has_delete_permission(self, request: HttpRequest, obj: Lane | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Lane, form: LaneForm, change: bool) -> None:
        """Write the rate alone: workers may have written the rest since it was read."""
        if change:
            obj.save(update_fields=["rate"])
        else:
            obj.name = settings.MAIL_TRANSPORT
            obj.save()


def _clock(moment: datetime | None) -> str:
    if moment is None:
        return "–"
    return date_format(timezone.localtime(moment), "j F Y, H:i:s")
