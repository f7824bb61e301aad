"""One act of sending a version to an audience, and the states it goes through."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.models.content import Issue
from newsletter.models.corrections import Correction
from newsletter.models.operations import Worker
from newsletter.models.segments import Segment
from newsletter.models.troubles import Trouble
from newsletter.models.versions import Approval, Version
from subscribers.models.constraints import one_of


class MailingKind(models.TextChoices):
    """What a mailing sends, and with it whom it goes to."""

    ISSUE = "issue", _("issue")
    CORRECTION = "correction", _("correction")


class MailingState(models.TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    OVERDUE = "overdue", _("late, waiting for someone to start it")
    HELD = "held", _("about to go out, can still be undone")
    FREEZING = "freezing", _("working out who gets what")
    CHECK_FAILED = "check_failed", _("stopped: its leak check failed")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


#: States in which a mailing of an issue stands in the way of another one.
ON_ITS_WAY = (
    MailingState.SCHEDULED,
    MailingState.OVERDUE,
    MailingState.HELD,
    MailingState.FREEZING,
    MailingState.CHECK_FAILED,
    MailingState.SENDING,
    MailingState.PAUSED,
)


class UnknownPolicy(models.TextChoices):
    """What is done about emails that may or may not have been accepted."""

    RESEND_ONCE = "resend_once", _("resend once, if nothing is heard for half an hour")
    LEAVE = "leave", _("don’t resend")


class Mailing(models.Model):
    """One act of sending one version to one audience."""

    #: The issue of `version`, again, for the constraint that one is on its way at most.
    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="mailings", verbose_name=_("issue")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="mailings")
    kind = models.CharField(
        _("kind"), max_length=10, choices=MailingKind, default=MailingKind.ISSUE
    )
    #: Which one it sends, if it sends one. It may take several mailings, where one is cancelled.
    correction = models.ForeignKey(
        Correction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mailings",
        verbose_name=_("correction"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=MailingState, default=MailingState.SCHEDULED
    )
    #: By which it was allowed, where its publication asks for one.
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, blank=True, related_name="mailings"
    )
    scheduled_at = models.DateTimeField(_("scheduled for"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unknown_policy = models.CharField(
        _("if we can’t tell whether an email was sent"),
        max_length=11,
        choices=UnknownPolicy,
        default=UnknownPolicy.LEAVE,
    )
    #: Which readers it is for, where not for all: the rule as it was when it was scheduled
    #: (:class:`newsletter.audience.segments.SegmentRule`), and the segment that it came from.
    segment_rule = models.JSONField(null=True, blank=True)
    segment = models.ForeignKey(
        Segment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailings",
        verbose_name=_("segment"),
    )
    #: With the time below, what each reader's own clock shows when they are to get it. Empty:
    #: all of them get it at `scheduled_at`, which is the first of these moments otherwise.
    local_day = models.DateField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    #: What has not left by then is not sent any more.
    not_after = models.DateTimeField(_("not after"))
    #: Until then a mailing that is due can still be undone.
    release_at = models.DateTimeField(null=True, blank=True)
    #: Who works out who gets what. If it dies, another worker goes on with the freeze; at the
    #: latest after `lease_until`, and at once if that is empty.
    worker = models.ForeignKey(
        Worker,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(_("audience fixed"), null=True, blank=True)
    #: When the first of its emails was, or may have been, accepted: from then on it is public
    #: what it says, whatever becomes of the rest.
    reached_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    #: Whom it goes to or excludes, when that was fixed. The counts have to add up to it.
    audience_size = models.PositiveIntegerField(null=True, blank=True)
    #: How many of them have no delivery yet: the last so many of its
    #: :class:`~newsletter.models.AudienceMember`. The freeze is over when there are none.
    left_to_freeze = models.PositiveIntegerField(default=0, db_default=0)
    #: With which earlier mailings (ids) its readers are told what changed: the history of each
    #: member of its audience is a place among these.
    compared_with = models.JSONField(null=True, blank=True)
    #: The last of its deliveries (id), where the desk begins to look for them.
    last_delivery = models.BigIntegerField(null=True, blank=True)
    #: How many others have no delivery, by the reason: see
    #: :func:`newsletter.audience.builder.passed_over`.
    passed_over = models.JSONField(default=dict)
    #: When its readers are to be counted by region and edition once more; empty where nothing
    #: changed since.
    recount_at = models.DateTimeField(null=True, blank=True)
    #: From when on its deliveries may be deleted: nothing about them changes any more.
    tallied_at = models.DateTimeField(null=True, blank=True)
    #: Why it stands still, or goes on badly, with the parameters of that.
    trouble = models.CharField(max_length=13, choices=Trouble, blank=True)
    trouble_about = models.JSONField(default=dict)

    class Meta:
        ordering = ("-scheduled_at", "-pk")
        verbose_name = _("mailing")
        constraints = [
            one_of("kind", MailingKind),
            one_of("state", MailingState),
            models.CheckConstraint(
                condition=models.Q(kind="correction") ^ models.Q(correction=None),
                name="a_correction_is_what_a_mailing_of_that_kind_sends",
            ),
            models.UniqueConstraint(
                fields=("issue",),
                condition=models.Q(state__in=ON_ITS_WAY),
                name="one_mailing_of_an_issue_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=("sending", "finished"))
                | models.Q(frozen_at__isnull=False, audience_size__isnull=False),
                name="a_mailing_is_frozen_before_it_is_sent",
            ),
            models.CheckConstraint(
                condition=models.Q(left_to_freeze=0)
                | models.Q(frozen_at__isnull=False, left_to_freeze__lte=models.F("audience_size")),
                name="no_more_is_left_of_an_audience_than_there_is",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="finished")
                | models.Q(left_to_freeze=0, lease_until=None),
                name="a_mailing_is_frozen_before_it_finishes",
            ),
            one_of("unknown_policy", UnknownPolicy),
            models.CheckConstraint(
                condition=models.Q(trouble__in=["", *Trouble.values]), name="mailing_trouble_known"
            ),
            models.CheckConstraint(
                condition=models.Q(local_day=None) ^ models.Q(local_time__isnull=False),
                name="a_local_moment_has_a_day_and_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(segment=None) | models.Q(segment_rule__isnull=False),
                name="a_mailing_to_a_segment_keeps_its_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(not_after__gt=models.F("scheduled_at")),
                name="a_mailing_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(state="finished") ^ models.Q(finished_at=None),
                name="finished_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=("scheduled_at",),
                condition=models.Q(state__in=("scheduled", "held", "freezing")),
                name="mailing_due",
            ),
            models.Index(
                fields=("recount_at",),
                condition=models.Q(recount_at__isnull=False),
                name="mailing_to_be_recounted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.scheduled_at:%Y-%m-%d %H:%M}"

    @property
    def title(self) -> str:
        """What it sends: the title of its issue, or “Correction: …”."""
        title = str(self.issue)
        return (
            gettext("Correction: %(subject)s") % {"subject": title} if self.correction_id else title
        )

    @property
    def is_correction(self) -> bool:
        return self.kind == MailingKind.CORRECTION

    @property
    def is_local(self) -> bool:
        """Whether readers get it by their own clocks."""
        return self.local_day is not None
