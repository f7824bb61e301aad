"""What was composed for one selection, stored with its mailing."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.mailings import Mailing
from subscribers.languages import name_of
from subscribers.models import InterestSet, MailFormat
from subscribers.models.constraints import is_a_language, one_of
from subscribers.models.fields import LanguageField


class Edition(models.Model):
    """A version as composed for one set of regions in one language and format.

    Shared by every reader who would get the same bytes, what it compares with included. `html`,
    `text` and `subject` hold marks where a reader's own values go; `sections` lists the ids,
    inside the version, of the parts it is made of, and `regions` the codes of the regions it
    names. `public_id` stands in the link to its web view.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="editions")
    key = models.CharField(max_length=64)
    language = LanguageField()
    mail_format = models.CharField(max_length=4, choices=MailFormat)
    #: What one of its readers was sent before: from it follows what all of them are told.
    history = models.TextField(blank=True)
    sections = models.JSONField()
    regions = models.JSONField()
    subject = models.CharField(max_length=200)
    html = models.TextField(blank=True)
    text = models.TextField()
    interest_sets = models.ManyToManyField(InterestSet, related_name="editions")
    #: How many readers it was planned for; only of those with most.
    readers = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("edition")
        constraints = [
            models.UniqueConstraint(fields=("mailing", "key"), name="edition_key_once"),
            is_a_language("language"),
            one_of("mail_format", MailFormat),
        ]
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
    def language_in_words(self) -> str:
        return name_of(self.language)
