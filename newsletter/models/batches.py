"""Deliveries that are claimed and handed over together: where the intent is committed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.mailings import Mailing
from newsletter.models.operations import DomainGroup, Worker
from subscribers.channels import LONGEST_NAME, MAIN
from subscribers.models.constraints import is_a_channel, one_of


class BatchState(models.TextChoices):
    PENDING = "pending", _("to be claimed")
    CLAIMED = "claimed", _("claimed by a worker; nothing is on the wire")
    HANDED = "handed", _("on the wire, or about to be")
    SETTLED = "settled", _("every result is recorded")


class Batch(models.Model):
    """Deliveries of one mailing, of any editions, due at one moment, handed over together.

    The unit of claiming and of intent: one row committed before the network is touched.
    `ordinal` counts those cut at the freeze; it is empty for what is tried or composed again.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="batches")
    ordinal = models.PositiveIntegerField(null=True)
    #: Of all its recipients; empty for those that no group is made for.
    group = models.ForeignKey(
        DomainGroup, models.SET_NULL, null=True, related_name="batches", db_index=False
    )
    state = models.CharField(max_length=7, choices=BatchState, default=BatchState.PENDING)
    due_at = models.DateTimeField()
    #: Of an alert: it is claimed before all that is not.
    is_urgent = models.BooleanField(default=False, db_default=False)
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
    #: By which it goes, whatever its publication chooses after the freeze.
    channel = models.CharField(max_length=LONGEST_NAME, default=MAIN, db_default=MAIN)
    #: By which transport of it it was handed over last, as MAIL_TRANSPORT names it.
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
            is_a_channel("channel"),
            models.UniqueConstraint(fields=("mailing", "ordinal"), name="batch_ordinal_once"),
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
            # Nearly always empty, and asked before each claim.
            models.Index(
                fields=("due_at", "id"),
                condition=models.Q(state="pending", is_urgent=True),
                name="batch_urgent",
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
        return f"{self.mailing_id}/{self.pk}"
