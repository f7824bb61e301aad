"""Segments: saved rules that narrow whom a mailing goes to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models import Publication, Region
from subscribers.models.constraints import is_one_line
from subscribers.models.fields import LineField
from subscribers.models.publications import known_languages
from subscribers.models.texts import lists_languages


class Segment(models.Model):
    """Some of the readers of a publication. What is empty narrows nothing.

    A mailing keeps the rule as it was when it was scheduled: a change here changes no mailing.
    """

    publication = models.ForeignKey(
        Publication, models.CASCADE, related_name="segments", verbose_name=_("publication")
    )
    name = LineField(_("name"), max_length=80)
    regions = models.ManyToManyField(
        Region,
        blank=True,
        related_name="+",
        verbose_name=_("regions"),
        help_text=_("Readers who chose one of them, a region inside it, or one around it."),
    )
    languages = models.JSONField(
        _("languages"),
        default=list,
        blank=True,
        validators=[known_languages],
        help_text=_("Such as en, fr. Readers whose subscription is in one of them."),
    )
    joined_from = models.DateField(
        _("joined on or after"),
        null=True,
        blank=True,
        help_text=_("The day they confirmed, by the publication’s clock."),
    )
    joined_until = models.DateField(_("joined on or before"), null=True, blank=True)
    #: How many active subscriptions were in it, and when they were counted.
    size = models.PositiveIntegerField(_("readers"), null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ("publication", "name")
        verbose_name = _("segment")
        constraints = [
            models.UniqueConstraint(
                fields=("publication", "name"), name="segment_name_once_a_publication"
            ),
            is_one_line("name"),
            models.CheckConstraint(
                condition=lists_languages("languages", optional=True),
                name="segment_lists_languages",
                violation_error_message=_("List each language once, such as en, fr."),
            ),
            models.CheckConstraint(
                condition=models.Q(joined_from=None)
                | models.Q(joined_until=None)
                | models.Q(joined_from__lte=models.F("joined_until")),
                name="segment_begins_before_it_ends",
                violation_error_message=_("The first day comes after the last one."),
            ),
            models.CheckConstraint(
                condition=models.Q(size=None) ^ models.Q(counted_at__isnull=False),
                name="segment_size_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name
