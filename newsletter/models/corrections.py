"""What was wrong in a version that was sent, and what is right instead."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.versions import Version
from subscribers.models.constraints import in_languages
from subscribers.models.regions import LONGEST_CODE
from subscribers.models.texts import TextsField

#: Characters in what is said of one part, in one language: a correction is short.
LONGEST_SAID = 1000


class Correction(models.Model):
    """That parts of a version were wrong, as its editors are writing it.

    It goes to those who were sent these parts, by a mailing of its own, which sends a
    :class:`~newsletter.models.Version` of it.
    """

    version = models.ForeignKey(
        Version, models.PROTECT, related_name="corrections", verbose_name=_("version")
    )
    dated = models.DateField(_("date"), default=timezone.localdate)
    #: All who wrote some of it: they are not the ones to approve it.
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("correction")

    def __str__(self) -> str:
        return f"{self.version} · {self.dated:%Y-%m-%d}"


class CorrectedPart(models.Model):
    """What was wrong, and what is right, in one part of the version: a section, by its id in
    there, or the assessment of a region, by the code of that.
    """

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField(default=0)
    section = models.PositiveBigIntegerField(null=True, blank=True)
    region = models.CharField(max_length=LONGEST_CODE, blank=True)
    wrong = TextsField(_("what was wrong"), max_length=LONGEST_SAID, lines=False)
    right = TextsField(_("what is right"), max_length=LONGEST_SAID, lines=False)

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("corrected part")
        verbose_name_plural = _("corrected parts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(section=None) ^ models.Q(region=""),
                name="a_corrected_part_is_a_section_or_an_assessment",
            ),
            models.UniqueConstraint(
                fields=("correction", "section"), name="a_section_is_corrected_once"
            ),
            models.UniqueConstraint(
                fields=("correction", "region"),
                condition=~models.Q(region=""),
                name="an_assessment_is_corrected_once",
            ),
            in_languages("wrong", lines=False),
            in_languages("right", lines=False),
        ]

    def __str__(self) -> str:
        return str(self.right)

    @property
    def part(self) -> int | str:
        """The id of the section, or the code of the region."""
        return self.region if self.section is None else self.section
