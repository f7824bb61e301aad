"""Where the database is: what tells it from a copy of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Installation(models.Model):
    """What this database knows of the place it is in. One row, made at the first start.

    A copy of the database says the same: that it is in the `place` of the original, and that
    the count of `generation` is what it was when it was copied.
    """

    #: Tells it from every other, and from what was gone on from before.
    key = models.UUIDField(default=uuid.uuid4)
    place = models.CharField(max_length=300)
    #: How often somebody asked whether mail may leave.
    generation = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_installation")]

    def __str__(self) -> str:
        return self.place
