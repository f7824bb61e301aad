"""Requests to subscribe: what each asked for, and what later ones are counted against."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models.constraints import is_a_language, one_of
from subscribers.models.fields import LanguageField
from subscribers.models.interests import InterestSet
from subscribers.models.people import MailFormat, Subscription
from subscribers.models.publications import Publication


class SignUp(models.Model):
    """One request that was let through: from which network, for which mailbox. Only for counting.

    The network is forgotten within the hour, the rest after the longest window.
    """

    at = models.DateTimeField(_("moment"), default=timezone.now)
    #: Cut to /24 or /48, as in a consent event.
    network = models.CharField(_("network"), max_length=50, blank=True)
    #: A digest that only this site can make: what is here for counting tells no address.
    mailbox_key = models.CharField(max_length=64)
    #: Whether the request is answered by email.
    answered = models.BooleanField(default=True, db_default=True)
    #: Whether somebody confirmed from that mailbox since: then this counts against nobody.
    confirmed = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("attempt to sign up")
        verbose_name_plural = _("attempts to sign up")
        ordering = ("pk",)
        indexes = [
            models.Index(fields=("network", "at"), name="sign_ups_from_a_network"),
            models.Index(fields=("mailbox_key", "at"), name="sign_ups_for_a_mailbox"),
            models.Index(fields=("at",), name="sign_ups_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self.at:%Y-%m-%d %H:%M}"


class UsedStamp(models.Model):
    """A form that came back: what it was shown with is good for no other request."""

    digest = models.CharField(max_length=64, unique=True)
    #: A digest of what it came back with, that only this site can make.
    content_key = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("used form stamp")
        verbose_name_plural = _("used form stamps")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.expires_at:%Y-%m-%d %H:%M}"


class SignUpRequest(models.Model):
    """What one request to subscribe asked for. Confirming it applies exactly this, once.

    It holds the address until a worker has answered it; from then on its subscription says
    whose it is.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    publication = models.ForeignKey(
        Publication,
        models.CASCADE,
        related_name="sign_up_requests",
        verbose_name=_("publication"),
    )
    address = models.EmailField(_("address"), max_length=254, blank=True)
    subscription = models.ForeignKey(
        Subscription,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("subscription"),
    )
    interest_set = models.ForeignKey(
        InterestSet, models.PROTECT, related_name="+", verbose_name=_("interests")
    )
    language = LanguageField(_("language"))
    mail_format = models.CharField(_("format"), max_length=4, choices=MailFormat)
    wording = models.TextField(_("wording shown"), blank=True)
    page = models.CharField(_("page"), max_length=200, blank=True)
    page_language = LanguageField(_("language of the page"), blank=True)
    network = models.CharField(_("network"), max_length=50, blank=True)
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    #: When it is to be answered.
    due_at = models.DateTimeField(default=timezone.now)
    #: Until when it can be confirmed: known once it is answered.
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    used_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    personal_fields = ("address", "subscription")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("request to subscribe")
        verbose_name_plural = _("requests to subscribe")
        constraints = [
            is_a_language("language"),
            one_of("mail_format", MailFormat),
            models.CheckConstraint(
                condition=models.Q(address__gt="", subscription=None, expires_at=None)
                | models.Q(address="", subscription__isnull=False, expires_at__isnull=False),
                name="sign_up_request_waits_or_is_answered",
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(expires_at__isnull=False),
                name="sign_up_request_is_used_when_answered",
            ),
        ]
        indexes = [
            models.Index(
                fields=("due_at",),
                condition=models.Q(subscription=None),
                name="sign_up_request_waiting",
            ),
            models.Index(fields=("requested_at",), name="sign_up_request_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.publication} · {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def answered_for(self) -> Subscription:
        """The subscription that it is about.

        Raises:
            ValueError: it waits for its answer, and nobody has looked whose it is.
        """
        if self.subscription is None:
            raise ValueError("This request is not answered yet.")
        return self.subscription
