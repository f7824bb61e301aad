"""How subscriptions stood before a link changed them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models.constraints import is_a_language, one_of
from subscribers.models.fields import LanguageField
from subscribers.models.interests import InterestSet
from subscribers.models.people import EndedReason, MailFormat, Subscription


class Change(models.Model):
    """What a link changed, from how it stood before: told to the reader, who can undo it.

    Changes that follow each other quickly are one, from before the first of them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="changes", verbose_name=_("subscription")
    )
    made_at = models.DateTimeField(_("moment"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    #: Whether the subscription was active; if it had ended, then when and why.
    was_active = models.BooleanField(_("was active"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_reason = models.CharField(
        _("reason ended"), max_length=12, choices=EndedReason, blank=True
    )
    interest_set = models.ForeignKey(
        InterestSet, models.PROTECT, related_name="+", verbose_name=_("interests")
    )
    language = LanguageField(_("language"))
    mail_format = models.CharField(_("format"), max_length=4, choices=MailFormat)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    only_on_change = models.BooleanField(
        _("only when a trend of their regions changed"), default=False
    )
    paused_until = models.DateField(_("paused until"), null=True, blank=True)

    personal_fields = ("subscription",)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("change by a link")
        verbose_name_plural = _("changes by links")
        constraints = [
            is_a_language("language"),
            one_of("mail_format", MailFormat),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_reason="")
                | models.Q(was_active=False, ended_at__isnull=False, ended_reason__gt=""),
                name="change_knows_when_and_why_it_had_ended",
            ),
        ]
        indexes = [models.Index(fields=("made_at",), name="change_by_age")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
