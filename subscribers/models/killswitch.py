"""The switch that stops all mail, to many readers and to one."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Strange(models.TextChoices):
    """What the guard found that is not as it was left."""

    COPIED = "copied", _("This database was copied or restored from another place.")
    MOVED = "moved", _("This database was put into a folder that is not its own.")
    OLDER = "older", _("This database is older than emails already sent: a backup was restored.")


class KillSwitch(models.Model):
    """Whether anything may leave at all. One row; none is the same as off."""

    is_on = models.BooleanField(default=False)
    #: In the words of the person who turned it, or what the guard found.
    why = models.CharField(max_length=200, blank=True)
    found = models.CharField(max_length=6, choices=Strange, blank=True, default="", db_default="")
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("kill switch")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_kill_switch"),
            models.CheckConstraint(
                condition=models.Q(found__in=["", *Strange.values]), name="what_is_strange_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(_("on") if self.is_on else _("off"))

    @property
    def reason(self) -> str:
        """Why it stands as it does, in the language that is active where the guard says it."""
        if not self.found:
            return self.why
        go_on = _("To send from this copy, turn the kill switch off.")
        return f"{self.get_found_display()} {go_on}"

    @classmethod
    def is_thrown(cls) -> bool:
        """Whether nothing may leave now."""
        return cls.objects.filter(is_on=True).exists()
