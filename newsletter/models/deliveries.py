"""What is owed to each reader, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.batches import Batch
from newsletter.models.editions import Edition
from newsletter.models.mailings import Mailing
from newsletter.models.obstacles import LONGEST_OBSTACLE, Obstacle
from subscribers.models import InterestSet, Subscriber, Subscription
from subscribers.models.constraints import one_of


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


#: Outcomes of few: all but “delivered”.
UNUSUAL = (
    DeliveryOutcome.DEFERRED,
    DeliveryOutcome.BOUNCED_SOFT,
    DeliveryOutcome.BOUNCED_HARD,
    DeliveryOutcome.COMPLAINED,
)


class Reason(models.TextChoices):
    """Why a delivery was excluded, skipped or did not succeed."""

    NOT_CONFIRMED = "not_confirmed", _("has not confirmed the subscription")
    UNSUBSCRIBED = "unsubscribed", _("is no longer subscribed")
    SUPPRESSED = "suppressed", _("the mailbox is suppressed")
    PAUSED = "paused", _("has paused the subscription")
    OTHER_KIND = "other_kind", _("wants no emails of this kind")
    ALREADY_SENT = "already_sent", _("got it in an earlier mailing")
    NOT_SENT = "not_sent", _("was not sent what was wrong")
    UNSURE = "unsure", _("may not have got what was wrong")
    OUTSIDE_SEGMENT = "outside_segment", _("not in the segment")
    UNCHANGED = "unchanged", _("no trend of their regions changed")
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

    `interest_set` is the choice the edition was composed for: another choice in the
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
        db_index=False,
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
    interest_set = models.ForeignKey(
        InterestSet, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
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
    #: The mail service's own words, and what we say of it ourselves.
    detail = models.CharField(_("detail"), max_length=300, blank=True, db_default="")
    obstacle = models.CharField(
        max_length=LONGEST_OBSTACLE, choices=Obstacle, blank=True, db_default=""
    )
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
    #: The outcome where it is not the usual one, by which these few are found.
    unusual_outcome = models.GeneratedField(
        expression=models.Case(models.When(outcome__in=UNUSUAL, then="outcome")),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

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
        # None on what changes with every mail, such as the state and the outcome: its row would
        # be entered into all of them again, which costs four times as much as the change itself.
        # All but the first are of few.
        indexes = [
            models.Index(fields=("mailing", "edition"), name="delivery_of_edition"),
            models.Index(
                fields=("mailing",),
                condition=models.Q(reason__in=("no_answer", "worker_lost")),
                name="delivery_doubtful",
            ),
            models.Index(
                fields=("reason", "id"),
                condition=models.Q(reason__gt=""),
                name="delivery_with_a_reason",
            ),
            models.Index(
                fields=("unusual_outcome", "id"),
                condition=models.Q(unusual_outcome__isnull=False),
                name="delivery_not_delivered",
            ),
            models.Index(
                fields=("id",), condition=models.Q(resends__gt=0), name="delivery_sent_again"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox} · {self.get_state_display()}"
