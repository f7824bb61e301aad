"""What was composed for one selection, stored with its mailing as a recipe of parts."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.mailings import Mailing
from newsletter.models.versions import Version
from subscribers.languages import name_of
from subscribers.models import MailFormat
from subscribers.models.constraints import is_a_language, one_of
from subscribers.models.fields import LanguageField
from subscribers.models.regions import LONGEST_CODE


class Part(models.Model):
    """A piece of emails that many editions of a version share, as it was rendered.

    It says something of a `section` (its id inside the version) or of the assessment of a
    `region` (its code), or else it is of the frame. It is never changed: what was sent can be
    shown to the byte.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="parts", db_index=False)
    #: SHA-256 of what it says, and of what.
    content_hash = models.CharField(max_length=64)
    section = models.PositiveBigIntegerField(null=True)
    region = models.CharField(max_length=LONGEST_CODE, blank=True, db_default="")
    said = models.TextField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("part of emails")
        constraints = [
            models.UniqueConstraint(fields=("version", "content_hash"), name="part_once"),
            models.CheckConstraint(
                condition=models.Q(section=None) | models.Q(region=""),
                name="a_part_is_of_a_section_or_of_an_assessment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.content_hash[:8]}"


class Edition(models.Model):
    """A version as composed for one set of regions in one language and format.

    Shared by every reader who would get the same bytes, what it compares with included. The
    `recipe` names the parts that it is made of, and what it says alone between them
    (:mod:`newsletter.editions.recipes`); it is empty when that was forgotten. `held` says which
    sections and assessments of the version it holds (:mod:`newsletter.editions.numbering`).

    `public_id` stands in the link to its web view. It is made of all that the edition depends
    on, with a key: equal editions of a mailing have the same, and nobody guesses it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="editions")
    language = LanguageField()
    mail_format = models.CharField(max_length=4, choices=MailFormat)
    held = models.BinaryField()
    recipe = models.BinaryField()
    #: How many readers it was planned for; only of those with most.
    readers = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("edition")
        constraints = [is_a_language("language"), one_of("mail_format", MailFormat)]
        indexes = [
            models.Index(
                fields=("mailing", "-readers"),
                condition=models.Q(readers__isnull=False),
                name="edition_with_most_readers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailing} · {self.key[:8]}"

    @property
    def key(self) -> str:
        """By which people and logs name it."""
        return self.public_id.hex

    @property
    def language_in_words(self) -> str:
        return name_of(self.language)
