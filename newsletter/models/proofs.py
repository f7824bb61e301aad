"""The proof of an edition: what was found in its bytes, beside what its readers are allowed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.editions import Edition


class Proof(models.Model):
    """What was found in the bytes of one edition before it could leave.

    `found` and `allowed` list ids of sections inside the version; `problems` is what else
    stands against sending it, a sentence each. It holds if the two are the same and there are
    no problems.
    """

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="proof")
    #: The hash of the version that was proved.
    content_hash = models.CharField(max_length=64)
    found = models.JSONField()
    allowed = models.JSONField()
    problems = models.JSONField(default=list)
    holds = models.BooleanField()
    proved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")

    def __str__(self) -> str:
        return f"{self.edition}: {'holds' if self.holds else 'does not hold'}"
