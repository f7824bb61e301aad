"""The leak check of an edition: what its bytes hold, beside what its readers are allowed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.editions import Edition


class LeakCheck(models.Model):
    """What was found in the bytes of one edition before it could leave.

    `found` and `allowed` list ids of sections inside the version; `problems` is what else
    stands against sending it: codes and what their sentences name
    (:class:`newsletter.editions.linting.Remark`). It passed if the two are the same and there
    are no problems.
    """

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="leak_check")
    #: The hash of the version that was checked.
    content_hash = models.CharField(max_length=64)
    found = models.JSONField()
    allowed = models.JSONField()
    problems = models.JSONField(default=list)
    passed = models.BooleanField()
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("leak check")
        verbose_name_plural = _("leak checks")

    def __str__(self) -> str:
        return f"{self.edition}: {'passed' if self.passed else 'failed'}"
