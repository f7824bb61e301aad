"""What later requests to subscribe are counted against."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignUp(models.Model):
    """One request that was let through: from which network, for which mailbox. Kept for a day."""

    at = models.DateTimeField(_("moment"), default=timezone.now)
    #: Cut to /24 or /48, as in a consent event.
    network = models.CharField(_("network"), max_length=50, blank=True)
    #: A digest that only this site can make: what is here for counting tells no address.
    mailbox_key = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        indexes = [
            models.Index(fields=("network", "at"), name="sign_ups_from_a_network"),
            models.Index(fields=("mailbox_key", "at"), name="sign_ups_for_a_mailbox"),
            models.Index(fields=("at",), name="sign_ups_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self.at:%Y-%m-%d %H:%M}"
