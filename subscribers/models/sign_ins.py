"""Tries to sign in to the desk: what later ones are counted against."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignInTry(models.Model):
    """One try to show a password: from which network, for which name, and whether it was right.

    One that was right tells for a while from where its name is used.
    """

    at = models.DateTimeField(default=timezone.now)
    #: Cut to /24 or /48; empty where none is known.
    network = models.CharField(max_length=50, blank=True)
    #: A digest that only this site can make: what is typed as a name may be a password.
    name_key = models.CharField(max_length=64)
    was_right = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("attempt to sign in")
        verbose_name_plural = _("attempts to sign in")
        ordering = ("pk",)
        indexes = [
            models.Index(fields=("network", "at"), name="sign_in_tries_from_a_network"),
            models.Index(fields=("name_key", "at"), name="sign_in_tries_for_a_name"),
            models.Index(fields=("at",), name="sign_in_tries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self.at:%Y-%m-%d %H:%M}"
