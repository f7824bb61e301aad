"""The switch that stops all mail, to many readers and to one."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class KillSwitch(models.Model):
    """Whether anything may leave at all. One row; none is the same as off."""

    is_on = models.BooleanField(default=False)
    why = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("kill switch")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_kill_switch")]

    def __str__(self) -> str:
        return str(_("on") if self.is_on else _("off"))

    @classmethod
    def is_thrown(cls) -> bool:
        """Whether nothing may leave now."""
        return cls.objects.filter(is_on=True).exists()
