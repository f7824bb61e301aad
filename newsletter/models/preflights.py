"""One check of one draft for all who would get it: asked for, made by a worker, and kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.content import Issue
from newsletter.models.corrections import Correction
from newsletter.models.operations import Worker
from newsletter.models.segments import Segment
from subscribers.models.constraints import one_of


class PreflightState(models.TextChoices):
    ASKED = "asked", _("waiting to be checked")
    RUNNING = "running", _("being checked")
    PASSED = "passed", _("passed")
    FAILED = "failed", _("found what stands against sending it")
    SUPERSEDED = "superseded", _("ended, for the draft was changed")


#: Those in which a worker is still to do something.
OPEN = (PreflightState.ASKED, PreflightState.RUNNING)


class Preflight(models.Model):
    """What would go out if a draft went out, looked through edition by edition.

    It says nothing of any reader. What was found is bounded, however many editions there are:
    see :class:`newsletter.editorial.findings.Findings`.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="preflights")
    #: Of what it is the draft, where that is a correction of the issue.
    correction = models.ForeignKey(Correction, models.CASCADE, null=True, related_name="preflights")
    #: For whom, where not for all: the rule is part of what the fingerprint is of.
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="+")
    #: Of the draft, and of all that is set and decides what comes out of it.
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=PreflightState, default=PreflightState.ASKED)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    #: Who is at it. Another worker goes on if it dies; at the latest after `lease_until`.
    worker = models.ForeignKey(
        Worker,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    lease_until = models.DateTimeField(null=True)
    #: How many workers were lost over it.
    losses = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: How many readers there were with how many distinct interests, once they were counted; and
    #: how many of those interests are checked.
    readers = models.PositiveIntegerField(null=True)
    interests = models.PositiveIntegerField(null=True)
    checked = models.PositiveIntegerField(default=0)
    #: It goes by the ids of interest sets, and is done with those up to this one.
    position = models.PositiveBigIntegerField(default=0)
    #: Numbers of readers, faults and doubts, as codes with parameters.
    found = models.JSONField(default=dict)
    #: The editions with most readers, and what was found in each.
    editions = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("preflight")
        verbose_name_plural = _("preflights")
        default_permissions = ()
        constraints = [
            one_of("state", PreflightState),
            models.UniqueConstraint(
                fields=("issue", "fingerprint"),
                condition=models.Q(state__in=OPEN),
                name="one_preflight_of_a_draft_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN) ^ models.Q(finished_at__isnull=False),
                name="a_preflight_that_is_over_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(readers=None, interests=None)
                | models.Q(readers__isnull=False, interests__isnull=False),
                name="a_preflight_counts_readers_and_interests_at_once",
            ),
            models.CheckConstraint(
                condition=models.Q(worker=None, lease_until=None)
                | models.Q(state="running", worker__isnull=False, lease_until__isnull=False),
                name="a_preflight_is_held_by_a_worker_with_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=("asked_at",), condition=models.Q(state__in=OPEN), name="preflight_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.issue}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
