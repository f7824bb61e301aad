"""Transactional mail that is owed to one person."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscribers.models.changes import Change
from subscribers.models.constraints import one_of
from subscribers.models.people import Subscription
from subscribers.models.sign_ups import SignUpRequest


class NoticeKind(models.TextChoices):
    CONFIRM = "confirm", _("please confirm your subscription")
    ALREADY_ACTIVE = "already_active", _("you get this already")
    NEW_LINK = "new_link", _("here is a fresh link")
    CHANGED = "changed", _("a link changed your subscription")
    LINKS_ENDED = "links_ended", _("older links have ended")


class NoticeState(models.TextChoices):
    OWED = "owed", _("to be sent")
    SENT = "sent", _("handed over")
    FAILED = "failed", _("given up")


class NoticeReason(models.TextChoices):
    """Why a notice has not left."""

    ENDED = "ended", _("the subscription ended before it was sent")
    UNCHANGED = "unchanged", _("everything is as it was before")
    SUPPRESSED = "suppressed", _("the mailbox is suppressed")
    UNWRITABLE = "unwritable", _("no email could be written of it")
    UNREACHABLE = "unreachable", _("the mail service could not be reached")
    NO_CHANNEL = "no_channel", _("its channel is not set up here")
    NOT_TAKEN = "not_taken", _("the mail service did not take it")


class Notice(models.Model):
    """One transactional mail that is owed: written with the sign-up, sent by a worker.

    A sign-up therefore never waits for a mail server. A worker that dies between sending
    and recording leaves the notice owed, and it is sent again when its lease is over: for
    a link to one's own mailbox, twice is better than never.
    """

    subscription = models.ForeignKey(
        Subscription,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("subscription"),
    )
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind)
    #: What there is to confirm.
    request = models.ForeignKey(
        SignUpRequest, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    #: What there is to tell, and to undo.
    change = models.ForeignKey(
        Change, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    state = models.CharField(
        _("state"), max_length=6, choices=NoticeState, default=NoticeState.OWED
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    #: What went wrong the last time, and what the mail service said to it.
    reason = models.CharField(
        _("reason"), max_length=11, choices=NoticeReason, blank=True, db_default=""
    )
    trouble = models.CharField(_("trouble"), max_length=300, blank=True)

    personal_fields = ("subscription", "trouble")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("notice")
        constraints = [
            one_of("kind", NoticeKind),
            one_of("state", NoticeState),
            models.CheckConstraint(
                condition=models.Q(reason__in=["", *NoticeReason.values]),
                name="notice_reason_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed", reason="")
                & (~models.Q(state="sent") | models.Q(reason="")),
                name="notice_that_failed_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="confirm", request=None),
                name="notice_to_confirm_has_a_request",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="changed") ^ models.Q(change=None),
                name="notice_of_a_change_knows_it",
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent") ^ models.Q(sent_at=None),
                name="notice_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=("due_at",), condition=models.Q(state="owed"), name="notice_owed")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.subscription}"
