"""What editors write: issues, their sections, assessments and incidents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models import Publication, Region
from subscribers.models.constraints import one_of


class Issue(models.Model):
    """One dated number of a publication, as its editors are writing it.

    Nothing is mailed from here: what is sent is a :class:`~newsletter.models.Version`.
    """

    publication = models.ForeignKey(
        Publication, models.PROTECT, related_name="issues", verbose_name=_("publication")
    )
    title = models.CharField(
        _("title"), max_length=160, help_text=_("Like “Western Mali, September 2023”.")
    )
    slug = models.SlugField(_("short name for web addresses"), max_length=80)
    subject = models.CharField(_("subject of the email"), max_length=120)
    dated = models.DateField(_("dated"), default=timezone.localdate)
    cutoff_on = models.DateField(
        _("information up to"),
        null=True,
        blank=True,
        help_text=_("The last day whose events this issue knows of."),
    )
    #: Who changed it last by hand: he is not the one to approve it where another has to.
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-dated", "-pk")
        verbose_name = _("issue")
        permissions = [("approve_issue", "Can approve issue")]
        constraints = [
            models.UniqueConstraint(
                fields=("publication", "slug"), name="issue_slug_once_a_publication"
            )
        ]

    def __str__(self) -> str:
        return self.title


class SectionKind(models.TextChoices):
    LETTER = "letter", _("letter")
    DEVELOPMENTS = "developments", _("strategic developments")
    REGIONS = "regions", _("part on regions")
    TAKEAWAYS = "takeaways", _("takeaways")
    OUTLOOK = "outlook", _("outlook")


class Section(models.Model):
    """An ordered, titled part of an issue, for everyone or for some regions."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="sections", verbose_name=_("issue")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=10)
    kind = models.CharField(
        _("kind"), max_length=12, choices=SectionKind, default=SectionKind.REGIONS
    )
    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(
        _("text"), help_text=_("Markdown: **bold**, *italic*, [link](https://…), - list.")
    )
    regions = models.ManyToManyField(
        Region,
        related_name="sections",
        blank=True,
        verbose_name=_("regions"),
        help_text=_("Leave empty for a part that everyone gets."),
    )

    class Meta:
        ordering = ("position", "pk")
        verbose_name = _("section")
        constraints = [
            one_of("kind", SectionKind),
            models.CheckConstraint(
                condition=~models.Q(title="") & ~models.Q(body=""),
                name="section_has_a_title_and_a_text",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Trend(models.TextChoices):
    INCREASED = "increased", _("increased")
    DECREASED = "decreased", _("decreased")
    UNCHANGED = "unchanged", _("unchanged")
    NOT_ASSESSED = "not_assessed", _("not assessed")


class Assessment(models.Model):
    """An editor's judgement on one region in one issue.

    The trend is a judgement, the counts stand beside it and never make it. A count is
    nothing without the words for what it counts.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="assessments")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="assessments", verbose_name=_("region")
    )
    trend = models.CharField(_("trend"), max_length=12, choices=Trend)
    reason = models.CharField(_("why, in one line"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True)
    previous_count = models.PositiveIntegerField(_("count before"), null=True, blank=True)
    counted = models.CharField(
        _("what is counted"), max_length=80, blank=True, help_text=_("Like “security incidents”.")
    )

    class Meta:
        ordering = ("region__name_en",)
        verbose_name = _("assessment")
        constraints = [
            one_of("trend", Trend),
            models.UniqueConstraint(
                fields=("issue", "region"), name="one_assessment_of_a_region_an_issue"
            ),
            models.CheckConstraint(
                condition=models.Q(count=None) | ~models.Q(counted=""),
                name="a_count_says_what_it_counts",
                violation_error_message=_("Say what is counted."),
            ),
            models.CheckConstraint(
                condition=models.Q(previous_count=None) | models.Q(count__isnull=False),
                name="a_count_before_needs_a_count",
                violation_error_message=_("A count before needs a count now."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.get_trend_display()}"


class DatePrecision(models.TextChoices):
    DAY = "day", _("on that day")
    MONTH = "month", _("in that month")
    START = "start", _("since that day")
    BEFORE = "before", _("before that day")


class Incident(models.Model):
    """One dated event, reported in one section.

    `date_start` is empty only for an event known to lie before `date_end`. The toll is a
    range: `toll_high` is empty where the source says "at least".
    """

    section = models.ForeignKey(Section, models.CASCADE, related_name="incidents")
    date_start = models.DateField(_("date"), null=True, blank=True)
    date_end = models.DateField(_("until"), null=True, blank=True)
    date_precision = models.CharField(
        _("precision"), max_length=6, choices=DatePrecision, default=DatePrecision.DAY
    )
    regions = models.ManyToManyField(Region, related_name="incidents", verbose_name=_("regions"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    event_type = models.CharField(_("what kind"), max_length=60)
    actor1 = models.CharField(_("by"), max_length=120, blank=True)
    actor2 = models.CharField(_("against"), max_length=120, blank=True)
    toll_low = models.PositiveIntegerField(_("killed, at least"), null=True, blank=True)
    toll_high = models.PositiveIntegerField(_("killed, at most"), null=True, blank=True)
    summary = models.CharField(_("what happened"), max_length=300)
    source_url = models.URLField(_("source"), max_length=400, blank=True)

    class Meta:
        ordering = ("date_start", "date_end", "pk")
        verbose_name = _("incident")
        constraints = [
            one_of("date_precision", DatePrecision),
            models.CheckConstraint(
                condition=models.Q(date_precision="before", date_end__isnull=False)
                | models.Q(~models.Q(date_precision="before"), date_start__isnull=False),
                name="incident_has_a_date",
                violation_error_message=_("Give the date, or the day it lies before."),
            ),
            models.CheckConstraint(
                condition=models.Q(date_start=None)
                | models.Q(date_end=None)
                | models.Q(date_end__gte=models.F("date_start")),
                name="incident_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=models.Q(toll_low=None)
                | models.Q(toll_high=None)
                | models.Q(toll_high__gte=models.F("toll_low")),
                name="toll_is_a_range",
                violation_error_message=_("The higher toll is below the lower one."),
            ),
        ]

    def __str__(self) -> str:
        return self.summary
