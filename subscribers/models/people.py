"""Subscribers, what they agreed to and how it is proved, and mailboxes that are not mailed."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import mailbox_key
from subscribers.models.constraints import is_a_language, one_of
from subscribers.models.fields import LanguageField
from subscribers.models.interests import InterestSet
from subscribers.models.publications import Publication, known_time_zone


class Language(models.TextChoices):
    EN = "en", "English"
    FR = "fr", "Français"
    ES = "es", "Español"
    PT = "pt", "Português"
    AR = "ar", "العربية"

    @property
    def in_words(self) -> str:
        """What it is called in the language that is active; its label is its own name for it."""
        return str(_NAMES[self])


_NAMES = {
    Language.EN: _("English"),
    Language.FR: _("French"),
    Language.ES: _("Spanish"),
    Language.PT: _("Portuguese"),
    Language.AR: _("Arabic"),
}


class MailFormat(models.TextChoices):
    HTML = "html", _("designed email")
    TEXT = "text", _("plain text")


class MailboxKeyField(models.CharField):  # type: ignore[type-arg]
    """The key of the row's mailbox, kept up to date; it stays when the mailbox is erased."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 32, "editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        if mailbox := getattr(model_instance, "mailbox", None):
            setattr(model_instance, self.attname, mailbox_key(mailbox))
        key: str = super().pre_save(model_instance, add)
        return key


class Subscriber(models.Model):
    """One person, one address.

    `address` is what mail is sent to, with an ASCII domain. `mailbox` is the same in lower
    case: two spellings of one mailbox are one subscriber.
    """

    address = models.EmailField(_("address"), max_length=254)
    mailbox = models.CharField(max_length=254, unique=True, editable=False)
    #: By which a suppression is found whose mailbox was erased.
    mailbox_key = MailboxKeyField(db_default="")
    name = models.CharField(_("name"), max_length=80, blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[known_time_zone],
        help_text=_("Empty: the publication’s."),
    )
    #: Raised by the reader, it ends all links to their preferences that were mailed before.
    link_generation = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    personal_fields = ("address", "mailbox", "name")

    class Meta:
        ordering = ("mailbox",)
        verbose_name = _("subscriber")
        permissions = [
            ("export_subscriber", _("may export everything about a person")),
            ("erase_subscriber", _("may erase a person")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mailbox=Lower("address")), name="mailbox_is_the_lower_address"
            ),
        ]
        # Few say theirs.
        indexes = [
            models.Index(
                fields=("name",), condition=models.Q(name__gt=""), name="subscriber_with_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.address

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mailbox = self.address.lower()
        super().save(*args, **kwargs)

    @property
    def language(self) -> str:
        """What they read what is about no subscription in: as what they confirmed last."""
        last = models.F("confirmed_at").desc(nulls_last=True)
        newest = self.subscriptions.order_by(last, "-pk")
        return newest.values_list("language", flat=True).first() or Language.EN


class SubscriptionStatus(models.TextChoices):
    PENDING = "pending", _("waiting for confirmation")
    ACTIVE = "active", _("active")
    ENDED = "ended", _("ended")


class EndedReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("the reader unsubscribed")
    REMOVED = "removed", _("removed by staff")
    BOUNCED = "bounced", _("the mailbox does not exist")
    RETURNED = "returned", _("emails to it keep coming back")
    COMPLAINED = "complained", _("the reader reported it as spam")
    UNCONFIRMED = "unconfirmed", _("it was never confirmed")
    ERASED = "erased", _("the reader was erased")


class Subscription(models.Model):
    """The standing agreement of a subscriber with a publication: pending → active → ended.

    `public_id` stands in links, so that no link tells an address or a count.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscriber = models.ForeignKey(
        Subscriber,
        models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("subscriber"),
    )
    publication = models.ForeignKey(
        Publication,
        models.PROTECT,
        related_name="subscriptions",
        verbose_name=_("publication"),
    )
    interest_set = models.ForeignKey(
        InterestSet, models.PROTECT, related_name="subscriptions", verbose_name=_("interests")
    )
    language = LanguageField(_("language"), default=Language.EN)
    mail_format = models.CharField(
        _("format"), max_length=4, choices=MailFormat, default=MailFormat.HTML
    )
    status = models.CharField(
        _("status"), max_length=8, choices=SubscriptionStatus, default=SubscriptionStatus.PENDING
    )
    ended_reason = models.CharField(
        _("reason ended"), max_length=12, choices=EndedReason, blank=True
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    only_on_change = models.BooleanField(
        _("only when a trend of their regions changed"), default=False, db_default=False
    )
    #: The day from which they are mailed again, by the publication's clock. Past, it says nothing.
    paused_until = models.DateField(_("paused until"), null=True, blank=True)

    personal_fields = ("subscriber",)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("subscription")
        constraints = [
            models.UniqueConstraint(
                fields=("subscriber", "publication"), name="one_subscription_a_publication"
            ),
            is_a_language("language"),
            one_of("mail_format", MailFormat),
            one_of("status", SubscriptionStatus),
            models.CheckConstraint(
                condition=~models.Q(status="active") | models.Q(confirmed_at__isnull=False),
                name="active_means_confirmed",
            ),
            models.CheckConstraint(
                condition=models.Q(status="ended", ended_at__isnull=False, ended_reason__gt="")
                | models.Q(~models.Q(status="ended"), ended_at=None, ended_reason=""),
                name="ended_has_a_reason_and_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=("publication", "status"), name="subscription_audience"),
            models.Index(
                fields=("requested_at",),
                condition=models.Q(status="pending"),
                name="subscription_unconfirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} · {self.publication}"

    @staticmethod
    def paused_on(day: date) -> models.Q:
        """The condition that a subscription is paused on that `day` of its publication."""
        return models.Q(paused_until__gt=day)

    @property
    def pause_ends_on(self) -> date | None:
        """The day from which they are mailed again, while they are not."""
        until = self.paused_until
        return until if until and until > self.publication.today else None


class ConsentKind(models.TextChoices):
    REQUESTED = "requested", _("asked for it on a form")
    CONFIRMED = "confirmed", _("confirmed from the mailbox")
    CHANGED = "changed", _("changed preferences")
    ENDED = "ended", _("ended it")
    RESTORED = "restored", _("took a change back")


class ConsentSource(models.TextChoices):
    """Through what it came."""

    PAGE = "page", _("a page of this site")
    STAFF = "staff", _("staff")
    MAIL_SERVICE = "mail_service", _("the mail service")


class ConsentEvent(models.Model):
    """Append-only proof: what wording was shown, when, where, and what was done."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="consent_events")
    kind = models.CharField(_("kind"), max_length=9, choices=ConsentKind)
    at = models.DateTimeField(_("moment"), default=timezone.now)
    source = models.CharField(
        _("came through"),
        max_length=12,
        choices=ConsentSource,
        default=ConsentSource.PAGE,
        db_default=ConsentSource.PAGE,
    )
    wording = models.TextField(_("wording shown"), blank=True)
    language = LanguageField(_("language"), blank=True)
    page = models.CharField(_("page"), max_length=200, blank=True)
    #: Levels by the codes of the regions that were chosen.
    interests = models.JSONField(_("interests"), default=dict)
    #: Why it ended, as the subscription says only until it begins again.
    reason = models.CharField(
        _("reason ended"), max_length=12, choices=EndedReason, blank=True, db_default=""
    )
    #: The network it came from, cut to /24 or /48: enough to show a pattern, not a person.
    network = models.CharField(_("network"), max_length=50, blank=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("consent event")
        constraints = [
            one_of("kind", ConsentKind),
            one_of("source", ConsentSource),
            models.CheckConstraint(
                condition=models.Q(kind="ended") ^ models.Q(reason=""),
                name="consent_event_has_a_reason_to_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new event.

        Raises:
            TypeError: the event is stored already, and proof is never rewritten.
        """
        if not self._state.adding:
            raise TypeError("A consent event never changes: add another one.")
        super().save(*args, **kwargs)


class SuppressionReason(models.TextChoices):
    BOUNCED = "bounced", _("the mailbox does not exist")
    RETURNED = "returned", _("emails to it keep coming back")
    COMPLAINED = "complained", _("the reader reported our mail as spam")
    ASKED = "asked", _("the person asked never to be mailed")


class Suppression(models.Model):
    """A mailbox that is not mailed, whatever its subscriptions say.

    Once its reader is erased there is only the key of the mailbox, which tells no address.
    """

    #: None, not empty: there may be many without one.
    mailbox = models.CharField(  # noqa: DJ001
        _("mailbox"), max_length=254, unique=True, null=True
    )
    mailbox_key = MailboxKeyField(unique=True)
    reason = models.CharField(_("reason"), max_length=10, choices=SuppressionReason)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    #: When somebody last asked for a newsletter there, of which that mailbox heard nothing.
    asked_again_at = models.DateTimeField(_("asked again"), null=True, blank=True, editable=False)

    personal_fields = ("mailbox", "detail")

    class Meta:
        ordering = ("mailbox",)
        verbose_name = _("suppression")
        constraints = [
            one_of("reason", SuppressionReason),
            models.CheckConstraint(
                condition=models.Q(mailbox=None) | models.Q(mailbox=Lower("mailbox")),
                name="suppression_is_in_lower_case",
            ),
            models.CheckConstraint(
                condition=~models.Q(mailbox_key=""), name="suppression_has_a_key"
            ),
        ]

    def __str__(self) -> str:
        return self.mailbox or str(_("an erased reader"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mailbox = self.mailbox.lower() if self.mailbox else None
        super().save(*args, **kwargs)
