"""What the service minds at every step: the kill switch, the lane, and where it is."""

from __future__ import annotations

import uuid

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


class Installation(models.Model):
    """What this database knows of the place it is in. One row, made at the first start.

    A copy of the database says the same: that it is in the `place` of the original, and that
    as many turns were taken on it as when it was copied.
    """

    #: Tells it from every other, and from what was gone on from before.
    key = models.UUIDField(default=uuid.uuid4)
    place = models.CharField(max_length=300)
    #: How often a worker began to look for what is owed.
    turns = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_installation")]

    def __str__(self) -> str:
        return self.place


class Lane(models.Model):
    """One way out, by the name of its transport: how fast it may be used, and whether it works.

    `free_at` is the moment at which all that was let through is paid for at `rate`; a batch
    that is let through moves it on by its size. `open_until` is set while the other end does
    not answer: nobody uses the lane until then, and then one batch tries.
    """

    name = models.CharField(max_length=40, unique=True)
    #: Messages a second over all workers; empty is as fast as it goes.
    rate = models.FloatField(null=True, blank=True)
    free_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("lane")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rate=None) | models.Q(rate__gt=0), name="lane_rate_is_positive"
            )
        ]

    def __str__(self) -> str:
        return self.name
