"""The ledger: a mailing, its editions, its batches, and what became of every delivery."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.content import Issue
from newsletter.models.operations import DomainGroup, Worker
from newsletter.models.versions import Approval, Version
from subscribers.models import Language, MailFormat, RegionSet, Subscriber, Subscription
from subscribers.models.constraints import one_of


class MailingState(models.TextChoices):
    SCHEDULED = "scheduled", _("scheduled")
    OVERDUE = "overdue", _("late, waiting for someone to start it")
    HELD = "held", _("about to go out, can still be undone")
    FREEZING = "freezing", _("working out who gets what")
    UNPROVED = "unproved", _("stopped: its proof failed")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


#: From which states a mailing may come into each state.
MAILING_MOVES: Mapping[MailingState, tuple[MailingState, ...]] = {
    MailingState.SCHEDULED: (MailingState.OVERDUE,),
    MailingState.OVERDUE: (MailingState.SCHEDULED, MailingState.SENDING),
    MailingState.HELD: (MailingState.SCHEDULED,),
    MailingState.FREEZING: (MailingState.HELD, MailingState.FREEZING),
    MailingState.UNPROVED: (MailingState.FREEZING, MailingState.SENDING),
    MailingState.SENDING: (
        MailingState.FREEZING,
        MailingState.OVERDUE,
        MailingState.PAUSED,
        MailingState.FINISHED,
    ),
    MailingState.PAUSED: (MailingState.SENDING,),
    MailingState.FINISHED: (MailingState.SENDING,),
    MailingState.CANCELLED: (
        MailingState.SCHEDULED,
        MailingState.OVERDUE,
        MailingState.HELD,
        MailingState.UNPROVED,
        MailingState.SENDING,
        MailingState.PAUSED,
    ),
}

#: States in which a mailing of an issue stands in the way of another one.
ON_ITS_WAY = (
    MailingState.SCHEDULED,
    MailingState.OVERDUE,
    MailingState.HELD,
    MailingState.FREEZING,
    MailingState.UNPROVED,
    MailingState.SENDING,
    MailingState.PAUSED,
)


class UnknownPolicy(models.TextChoices):
    """What is done about emails that may or may not have been accepted."""

    RESEND_ONCE = "resend_once", _("resend once, if nothing is heard for half an hour")
    LEAVE = "leave", _("don’t resend")


class MailingQuerySet(models.QuerySet["Mailing"]):
    def move(self, to: MailingState, **fields: Any) -> int:
        """Move those of these mailings that may come into state `to`; the number moved.

        One conditional UPDATE: of two callers, one wins.
        """
        return self.filter(state__in=MAILING_MOVES[to]).update(state=to, **fields)


class Mailing(models.Model):
    """One act of sending one version to one audience."""

    #: The issue of `version`, again, for the constraint that one is on its way at most.
    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="mailings", verbose_name=_("issue")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="mailings")
    state = models.CharField(
        _("state"), max_length=9, choices=MailingState, default=MailingState.SCHEDULED
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
    #: With the time below, what each reader's own clock shows when they are to get it. Empty:
    #: all of them get it at `scheduled_at`, which is the first of these moments otherwise.
    local_day = models.DateField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    #: What has not left by then is not sent any more.
    not_after = models.DateTimeField(_("not after"))
    #: Until then a mailing that is due can still be undone.
    release_at = models.DateTimeField(null=True, blank=True)
    #: Who works out who gets what. If it dies, another worker starts the freeze again; at the
    #: latest after `lease_until`.
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
    #: Deliveries at the freeze, planned and excluded. The counts have to add up to it.
    audience_size = models.PositiveIntegerField(null=True, blank=True)
    #: When its deliveries were counted for good, ahead of being deleted.
    tallied_at = models.DateTimeField(null=True, blank=True)
    #: Why it stands still, in a sentence for the editor.
    trouble = models.CharField(max_length=300, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        ordering = ("-scheduled_at", "-pk")
        verbose_name = _("mailing")
        constraints = [
            one_of("state", MailingState),
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
            one_of("unknown_policy", UnknownPolicy),
            models.CheckConstraint(
                condition=models.Q(local_day=None) ^ models.Q(local_time__isnull=False),
                name="a_local_moment_has_a_day_and_a_time",
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
            )
        ]

    def __str__(self) -> str:
        return f"{self.issue} · {self.scheduled_at:%Y-%m-%d %H:%M}"

    @property
    def is_local(self) -> bool:
        """Whether readers get it by their own clocks."""
        return self.local_day is not None


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
    language = models.CharField(max_length=2, choices=Language)
    mail_format = models.CharField(max_length=4, choices=MailFormat)
    #: What one of its readers was sent before: from it follows what all of them are told.
    history = models.TextField(blank=True)
    sections = models.JSONField()
    regions = models.JSONField()
    subject = models.CharField(max_length=200)
    html = models.TextField(blank=True)
    text = models.TextField()
    region_sets = models.ManyToManyField(RegionSet, related_name="editions")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("edition")
        constraints = [
            models.UniqueConstraint(fields=("mailing", "key"), name="edition_key_once"),
            one_of("language", Language),
            one_of("mail_format", MailFormat),
        ]

    def __str__(self) -> str:
        return f"{self.mailing} · {self.key[:8]}"

    @property
    def language_in_words(self) -> str:
        return Language(self.language).in_words


class BatchState(models.TextChoices):
    PENDING = "pending", _("to be claimed")
    CLAIMED = "claimed", _("claimed by a worker; nothing is on the wire")
    HANDED = "handed", _("on the wire, or about to be")
    SETTLED = "settled", _("every result is recorded")


class Batch(models.Model):
    """Deliveries of one edition, due at one moment, handed over together.

    The unit of claiming and of intent: one row committed before the network is touched.
    `ordinal` counts those cut at the freeze; it is empty for what is tried or composed again.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="batches")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="batches", db_index=False)
    ordinal = models.PositiveIntegerField(null=True)
    #: Of all its recipients; empty for those that no group is made for.
    group = models.ForeignKey(
        DomainGroup, models.SET_NULL, null=True, related_name="batches", db_index=False
    )
    state = models.CharField(max_length=7, choices=BatchState, default=BatchState.PENDING)
    due_at = models.DateTimeField()
    #: Which claim holds it. A worker whose token is gone has lost the batch.
    token = models.UUIDField(null=True, blank=True)
    #: Who holds it, or held it last.
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
    #: How often it was claimed without being handed over: a batch that kills its workers.
    claims = models.PositiveSmallIntegerField(default=0, db_default=0)
    handed_at = models.DateTimeField(null=True, blank=True)
    #: By which transport it was handed over last, as MAIL_TRANSPORT names it.
    transport = models.CharField(max_length=20, blank=True, db_default="")
    #: Of what may have left already and is handed over again with its idempotency key: when
    #: that was first done. The ESP forgets the key some time after.
    first_handed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [
            one_of("state", BatchState),
            models.UniqueConstraint(fields=("edition", "ordinal"), name="batch_ordinal_once"),
            models.CheckConstraint(
                condition=~models.Q(state__in=("claimed", "handed"))
                | models.Q(token__isnull=False, worker__isnull=False, lease_until__isnull=False),
                name="a_claimed_batch_is_held_by_a_worker",
            ),
        ]
        indexes = [
            # Two, for a worker looks in one group at a time, and PostgreSQL does not take "is
            # null" for a value to begin an order with.
            models.Index(
                fields=("due_at", "id"),
                condition=models.Q(state="pending", group=None),
                name="batch_due",
            ),
            models.Index(
                fields=("group", "due_at", "id"),
                condition=models.Q(state="pending", group__isnull=False),
                name="batch_due_in_group",
            ),
            # What is left of a mailing.
            models.Index(
                fields=("mailing",), condition=models.Q(state="pending"), name="batch_pending"
            ),
            models.Index(
                fields=("lease_until",),
                condition=models.Q(state__in=("claimed", "handed")),
                name="batch_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}/{self.edition_id}/{self.pk}"


class DeliveryState(models.TextChoices):
    EXCLUDED = "excluded", _("not in the audience")
    PLANNED = "planned", _("to be sent")
    ACCEPTED = "accepted", _("accepted by the mail service")
    REJECTED = "rejected", _("refused by the mail service")
    FAILED = "failed", _("given up after several tries")
    SKIPPED = "skipped", _("left out at the last moment")
    UNKNOWN = "unknown", _("may or may not have been accepted")


class DeliveryOutcome(models.IntegerChoices):
    """What the mail service reported of a mail later on. Of two reports the higher one counts."""

    DEFERRED = 1, _("put off by the reader’s mail server")
    BOUNCED_SOFT = 2, _("returned, though the mailbox may exist")
    DELIVERED = 3, _("delivered")
    BOUNCED_HARD = 4, _("returned for good: the mailbox does not exist")
    COMPLAINED = 5, _("reported as spam by the reader")


class Reason(models.TextChoices):
    """Why a delivery was excluded, skipped or did not succeed."""

    NOT_CONFIRMED = "not_confirmed", _("has not confirmed the subscription")
    UNSUBSCRIBED = "unsubscribed", _("is no longer subscribed")
    SUPPRESSED = "suppressed", _("the mailbox is suppressed")
    ALREADY_SENT = "already_sent", _("got this issue in an earlier mailing")
    NO_MATCHING_CONTENT = "no_matching_content", _("nothing in this issue for the chosen regions")
    REFUSED = "refused", _("the mail service refused the address or the message")
    TOO_MANY_TRIES = "too_many_tries", _("the mail service put it off too often")
    NO_ANSWER = "no_answer", _("no answer came after it was handed over")
    WORKER_LOST = "worker_lost", _("the sender stopped; this email may have been sent")
    CANCELLED = "cancelled", _("the mailing was cancelled")
    EXPIRED = "expired", _("it was too late to send it")
    ERASED = "erased", _("the reader was erased")
    POISON = "poison", _("gave up after three crashes while sending it")


#: Reasons of what is unknown, and of nothing else.
DOUBTFUL = (Reason.NO_ANSWER, Reason.WORKER_LOST)


class Delivery(models.Model):
    """One email owed to one subscriber by one mailing, or the reason why none is.

    `region_set` is the choice the edition was composed for: another choice in the
    subscription means that the reader changed it since.

    The database does not check its references row by row: that is two thirds of the time a
    freeze of a million takes. The freeze copies them from rows that its own statement has
    read, and what they point at is protected from deletion. Nor does it check that a mailbox
    comes once, which follows: a mailbox has one subscriber, who has one delivery.
    """

    mailing = models.ForeignKey(
        Mailing,
        models.CASCADE,
        related_name="deliveries",
        verbose_name=_("mailing"),
        db_constraint=False,
    )
    subscriber = models.ForeignKey(
        Subscriber,
        models.PROTECT,
        related_name="deliveries",
        verbose_name=_("subscriber"),
        db_index=False,
        db_constraint=False,
    )
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    mailbox = models.CharField(_("mailbox"), max_length=254)
    region_set = models.ForeignKey(
        RegionSet, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    edition = models.ForeignKey(
        Edition,
        models.PROTECT,
        null=True,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, related_name="deliveries", db_constraint=False
    )
    state = models.CharField(_("state"), max_length=8, choices=DeliveryState)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    #: The mail service's own words.
    detail = models.CharField(_("detail"), max_length=300, blank=True, db_default="")
    #: The ESP's id for the message, by which it reports where it keeps no metadata of ours.
    remote_id = models.CharField(
        _("id at the mail service"), max_length=300, blank=True, db_default=""
    )
    #: Under which name the mail lies in the outbox, where that was the transport.
    outbox_name = models.CharField(max_length=255, blank=True, db_default="")
    #: How often an answer came, or should have come.
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    #: How often it was sent again after it was unknown: once at most.
    resends = models.PositiveSmallIntegerField(_("resent"), default=0, db_default=0)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    #: The highest of what was reported of it, and when that happened. It never goes down.
    outcome = models.PositiveSmallIntegerField(
        _("outcome"), choices=DeliveryOutcome, null=True, blank=True
    )
    outcome_at = models.DateTimeField(_("time of the outcome"), null=True, blank=True)

    personal_fields = ("mailbox", "subscriber", "subscription", "detail")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        # Of all mail, with the links that open their readers' subscriptions.
        permissions = [("view_outbox", _("may read the outbox"))]
        constraints = [
            one_of("state", DeliveryState),
            models.CheckConstraint(condition=models.Q(resends__lte=1), name="sent_again_once"),
            models.UniqueConstraint(
                fields=("subscriber", "mailing"), name="one_delivery_a_subscriber"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=("planned", "accepted")) ^ ~models.Q(reason=""),
                name="what_did_not_arrive_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~(
                    models.Q(state="unknown") ^ models.Q(reason__in=("no_answer", "worker_lost"))
                ),
                name="what_is_unknown_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | models.Q(edition__isnull=False),
                name="what_was_accepted_has_an_edition",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome=None, outcome_at=None)
                | models.Q(outcome__in=DeliveryOutcome.values, outcome_at__isnull=False),
                name="a_known_outcome_has_a_time",
            ),
        ]
        # None on the state, which every mail that is sent changes. These are few.
        indexes = [
            models.Index(
                fields=("mailing",),
                condition=models.Q(reason__in=("no_answer", "worker_lost")),
                name="delivery_doubtful",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} · {self.get_state_display()}"


class Tally(models.Model):
    """How many deliveries of a mailing stood alike when they were deleted.

    From then on it is what its counts are made of.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="tallies")
    region_set = models.ForeignKey(RegionSet, models.PROTECT, related_name="+", db_index=False)
    edition = models.ForeignKey(
        Edition, models.CASCADE, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=8, choices=DeliveryState)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    outcome = models.PositiveSmallIntegerField(choices=DeliveryOutcome, null=True)
    resends = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("tally")
        constraints = [
            one_of("state", DeliveryState),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="a_tally_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_state_display()}"
