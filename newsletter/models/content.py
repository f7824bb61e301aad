"""What editors write: issues, their sections, assessments and incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models import TAKES_ALERTS, TAKES_ISSUES, Level, Publication, Region
from subscribers.models.constraints import in_languages, is_a_language, one_of
from subscribers.models.fields import LanguageField
from subscribers.models.slugs import Addressed, FormerSlug
from subscribers.models.texts import TextsField, says

#: Characters in the text of a section: some twenty pages. A mail program cuts far sooner.
LONGEST_BODY = 60_000
#: The same in all its languages together.
LONGEST_IN_ALL = 20 * LONGEST_BODY


class IssueKind(models.TextChoices):
    """What an issue is, and with it whom it goes to."""

    REGULAR = "regular", _("regular issue")
    ALERT = "alert", _("alert")

    @property
    def levels(self) -> frozenset[Level]:
        """The levels at which readers of a region want it."""
        return TAKES_ALERTS if self is IssueKind.ALERT else TAKES_ISSUES


class Issue(Addressed):
    """One dated number of a publication, as its editors are writing it.

    Nothing is mailed from here: what is sent is a :class:`~newsletter.models.Version`.

    Everything is written in one language, and may be translated into any other: each text,
    here and below, holds its words by language. Where they are missing, readers of a language
    get the original, and are told so.
    """

    ADDRESS = ("publication_id", "slug")
    OWNER = "issue"
    FORMER = "newsletter.FormerIssueSlug"

    publication = models.ForeignKey(
        Publication, models.PROTECT, related_name="issues", verbose_name=_("publication")
    )
    kind = models.CharField(
        _("kind"),
        max_length=7,
        choices=IssueKind,
        default=IssueKind.REGULAR,
        help_text=_(
            "An alert is short, and goes at once to those who want alerts on one of its regions. "
            "Nobody else gets it."
        ),
    )
    title = TextsField(
        _("title"), max_length=160, help_text=_("Like “Western Mali, September 2023”.")
    )
    slug = models.SlugField(_("short name for web addresses"), max_length=80)
    subject = TextsField(_("subject of the email"), max_length=120)
    subject_from_regions = models.BooleanField(
        _("make the subject from each reader’s regions"),
        default=False,
        help_text=_(
            "Like “Kayes ↓, Segou ↑ — September 2023”. Readers whose regions have no trend get "
            "the subject above."
        ),
    )
    language = LanguageField(
        _("written in"), blank=True, help_text=_("Empty: the publication’s first language.")
    )
    dated = models.DateField(_("date"), default=timezone.localdate)
    cutoff_on = models.DateField(
        _("information as of"),
        null=True,
        blank=True,
        help_text=_("The last day this issue covers."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-dated", "-pk")
        verbose_name = _("issue")
        permissions = [("approve_issue", _("may approve"))]
        constraints = [
            models.UniqueConstraint(
                fields=("publication", "slug"), name="issue_slug_once_a_publication"
            ),
            one_of("kind", IssueKind),
            in_languages("title"),
            in_languages("subject"),
            is_a_language("language"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def is_alert(self) -> bool:
        return self.kind == IssueKind.ALERT

    @property
    def undo_time(self) -> timedelta:
        """How long a mailing of it can be undone once its time has come."""
        publication = self.publication
        seconds = publication.alert_undo_seconds if self.is_alert else publication.undo_seconds
        return timedelta(seconds=seconds)

    def is_out(self) -> bool:
        # The reverse of a model above this one.
        return self.mailings.exists()

    def clean(self) -> None:
        """Choose the publication's first language where none was chosen."""
        super().clean()
        self._choose_language()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the issue, in the publication's first language where none was chosen."""
        self._choose_language()
        super().save(*args, **kwargs)

    def _choose_language(self) -> None:
        if not self.language and self.publication_id:
            self.language = self.publication.languages[0]


class FormerIssueSlug(FormerSlug):
    """A short name that an issue had, in the publication that it was in then."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="former_slugs")
    #: Of which the address was.
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="+")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("former short name of an issue")
        verbose_name_plural = _("former short names of issues")
        constraints = [
            models.UniqueConstraint(
                fields=("publication", "slug"), name="former_slug_leads_to_one_issue"
            )
        ]


class SectionKind(models.TextChoices):
    """What a section is. Unless its publication orders otherwise, a mail has them in this order."""

    BOTTOM_LINE = "bottom_line", _("bottom line")
    LETTER = "letter", _("letter")
    DEVELOPMENTS = "developments", _("strategic developments")
    REGIONS = "regions", _("region section")
    TAKEAWAYS = "takeaways", _("takeaways")
    OUTLOOK = "outlook", _("outlook")


def kinds_in_order(chosen: Sequence[str]) -> list[str]:
    """All kinds of sections as an issue has them, where its publication has `chosen` an order.

    The bottom line opens every issue. A kind that was not named, for it is newer than the choice,
    comes after all that were.
    """
    named = [kind for kind in dict.fromkeys(chosen) if kind in SectionKind.values]
    return list(dict.fromkeys([SectionKind.BOTTOM_LINE.value, *named, *SectionKind.values]))


class Section(models.Model):
    """An ordered, titled part of an issue, for everyone or for some regions."""

    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="sections", verbose_name=_("issue")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=10)
    kind = models.CharField(
        _("kind"), max_length=12, choices=SectionKind, default=SectionKind.REGIONS
    )
    title = TextsField(_("title"), max_length=160)
    body = TextsField(
        _("text"),
        max_length=LONGEST_BODY,
        lines=False,
        help_text=_(
            "Markdown: **bold**, *italic*, [link](https://…), - list. "
            "For a picture, paste the line that its own page gives."
        ),
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
            in_languages("title"),
            in_languages("body", lines=False),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(Cast("body", models.TextField())), LONGEST_IN_ALL),
                name="section_body_is_not_endless",
                violation_error_message=_("This text is too long for an email."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)


class Trend(models.TextChoices):
    INCREASED = "increased", _("increased")
    DECREASED = "decreased", _("decreased")
    UNCHANGED = "unchanged", _("unchanged")
    NOT_ASSESSED = "not_assessed", _("not assessed")


def _direction(before: int, now: int) -> Trend:
    if before == now:
        return Trend.UNCHANGED
    return Trend.INCREASED if now > before else Trend.DECREASED


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
    reason = TextsField(_("reason (one line)"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True)
    previous_count = models.PositiveIntegerField(_("previous count"), null=True, blank=True)
    counted = TextsField(
        _("what is counted"), max_length=80, blank=True, help_text=_("Like “security incidents”.")
    )

    class Meta:
        ordering = ("region__names__en",)
        verbose_name = _("assessment")
        constraints = [
            one_of("trend", Trend),
            models.UniqueConstraint(
                fields=("issue", "region"), name="one_assessment_of_a_region_an_issue"
            ),
            models.CheckConstraint(
                condition=models.Q(count=None) | models.Q(says("counted")),
                name="a_count_says_what_it_counts",
                violation_error_message=_("Say what is counted."),
            ),
            models.CheckConstraint(
                condition=models.Q(previous_count=None) | models.Q(count__isnull=False),
                name="a_count_before_needs_a_count",
                violation_error_message=_("A previous count needs a count now."),
            ),
            in_languages("reason", optional=True),
            in_languages("counted", optional=True),
        ]

    def __str__(self) -> str:
        return f"{self.region} · {self.get_trend_display()}"

    @property
    def contradicts_its_counts(self) -> bool:
        """Whether the counts moved another way than the trend says. The trend stands anyway."""
        if self.count is None or self.previous_count is None or self.trend == Trend.NOT_ASSESSED:
            return False
        return self.trend != _direction(self.previous_count, self.count)


class DatePrecision(models.TextChoices):
    DAY = "day", _("on that day")
    MONTH = "month", _("in that month")
    START = "start", _("since that day")
    BEFORE = "before", _("before that day")


class Incident(models.Model):
    """One dated event, reported in one section.

    `date_start` is empty only for an event known to lie before `date_end`. The toll is a
    range: `toll_high` is empty where the source says "at least". Tolls change for weeks, so
    `as_of` says when this one was known.
    """

    section = models.ForeignKey(Section, models.CASCADE, related_name="incidents")
    date_start = models.DateField(_("date"), null=True, blank=True)
    date_end = models.DateField(_("until"), null=True, blank=True)
    date_precision = models.CharField(
        _("precision"), max_length=6, choices=DatePrecision, default=DatePrecision.DAY
    )
    regions = models.ManyToManyField(Region, related_name="incidents", verbose_name=_("regions"))
    place = TextsField(_("place"), max_length=120, blank=True)
    event_type = TextsField(_("event type"), max_length=60)
    actor1 = TextsField(_("attacker"), max_length=120, blank=True)
    actor2 = TextsField(_("target"), max_length=120, blank=True)
    toll_low = models.PositiveIntegerField(_("killed (at least)"), null=True, blank=True)
    toll_high = models.PositiveIntegerField(_("killed (at most)"), null=True, blank=True)
    summary = TextsField(_("what happened"), max_length=300)
    source_url = models.URLField(_("source"), max_length=400, blank=True)
    as_of = models.DateField(
        _("source date"),
        null=True,
        blank=True,
        help_text=_("The day that the source’s figures date from."),
    )

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
            in_languages("event_type"),
            in_languages("summary"),
            *(in_languages(field, optional=True) for field in ("place", "actor1", "actor2")),
        ]

    def __str__(self) -> str:
        return str(self.summary)
