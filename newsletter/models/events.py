"""What ESPs report of the mail that they took."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.deliveries import Delivery, DeliveryOutcome
from subscribers.channels import LONGEST_NAME, MAIN
from subscribers.models.constraints import is_a_channel, one_of


class EventKind(models.TextChoices):
    """Anymail's words, and one of ours."""

    QUEUED = "queued", _("taken")
    SENT = "sent", _("sent on")
    REJECTED = "rejected", _("refused")
    FAILED = "failed", _("not sent, because of an error")
    DEFERRED = "deferred", _("put off")
    BOUNCED = "bounced", _("returned")
    DELIVERED = "delivered", _("delivered")
    COMPLAINED = "complained", _("reported as spam")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed there")
    #: By a filter on the way, or by staff at the mail service.
    NOTED = "noted", _("remarked on by somebody else than the reader")


class DeliveryEvent(models.Model):
    """One fact reported by an ESP, in Anymail's words, with its unique id. Append-only.

    It is kept as it comes and takes effect later. `due_at` is when to look whose it is; empty,
    it has found its delivery or is looked at no more.
    """

    #: At whose door it was reported.
    channel = models.CharField(max_length=LONGEST_NAME, default=MAIN, db_default=MAIN)
    #: Anymail's name of the ESP.
    esp = models.CharField(_("mail service"), max_length=20)
    #: The ESP's own, or a hash of all that tells this event from others.
    event_id = models.CharField(max_length=100)
    kind = models.CharField(_("what happened"), max_length=12, choices=EventKind)
    #: What it makes of a delivery; empty for what happened inside the ESP.
    outcome = models.PositiveSmallIntegerField(choices=DeliveryOutcome, null=True)
    #: Whose it is by our metadata, by the address it is about, and by the ESP's message id.
    delivery_key = models.BigIntegerField(null=True)
    mailbox = models.CharField(_("mailbox"), max_length=254)
    message_id = models.CharField(max_length=300, blank=True)
    #: In the words of the ESP, or of the server that it spoke to.
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    happened_at = models.DateTimeField(_("moment"))
    received_at = models.DateTimeField(_("received"))
    due_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(
        Delivery, models.CASCADE, null=True, related_name="events", verbose_name=_("delivery")
    )

    personal_fields = ("mailbox", "detail")

    class Meta:
        ordering = ("happened_at", "pk")
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        constraints = [
            one_of("kind", EventKind),
            is_a_channel("channel"),
            models.UniqueConstraint(
                fields=("channel", "esp", "event_id"), name="an_event_counts_once"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=None) | models.Q(outcome__in=DeliveryOutcome.values),
                name="an_event_has_a_known_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery=None) | models.Q(due_at=None),
                name="an_event_is_matched_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=("due_at",), condition=models.Q(due_at__isnull=False), name="event_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.happened_at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new event.

        Raises:
            TypeError: the event is stored already, and what was reported is never rewritten.
        """
        if not self._state.adding:
            raise TypeError("A delivery event never changes: another one is reported.")
        super().save(*args, **kwargs)
