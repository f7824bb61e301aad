"""How many deliveries stand where, kept as they change."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.deliveries import DeliveryOutcome, DeliveryState, Reason
from newsletter.models.mailings import Mailing
from subscribers.models import Region
from subscribers.models.constraints import one_of


class Tally(models.Model):
    """By how many there are more, or fewer, deliveries of a mailing that stand alike.

    Those of a mailing add up to its counts at every moment: the database itself appends them,
    in the transaction that changes a delivery (:mod:`newsletter.ledger.tallying`), so that no
    two workers wait for one row. They are added up now and then, and stay when the deliveries
    of an old mailing are deleted.
    """

    #: As of a delivery, copied from one: the database does not check it for every batch.
    mailing = models.ForeignKey(
        Mailing, models.CASCADE, related_name="tallies", db_constraint=False
    )
    state = models.CharField(max_length=8, choices=DeliveryState)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    outcome = models.PositiveSmallIntegerField(choices=DeliveryOutcome, null=True)
    resends = models.PositiveSmallIntegerField()
    number = models.IntegerField()
    #: Whether it is a sum of others, which it replaces.
    is_sum = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("tally")
        constraints = [
            one_of("state", DeliveryState),
            models.CheckConstraint(condition=~models.Q(number=0), name="a_tally_counts"),
        ]
        indexes = [
            models.Index(
                fields=("mailing",), condition=models.Q(is_sum=False), name="tally_to_be_added"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number:+d} {self.get_state_display()}"


class RegionTally(models.Model):
    """How many readers of a mailing chose one region; a reader of several counts in each."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="region_tallies")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False)
    #: Owed an email at the freeze, and of these, accepted.
    planned = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("tally of a region")
        verbose_name_plural = _("tallies of regions")
        constraints = [
            models.UniqueConstraint(fields=("mailing", "region"), name="region_tallied_once"),
            models.CheckConstraint(
                condition=models.Q(accepted__lte=models.F("planned")),
                name="no_more_accepted_than_planned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.accepted} / {self.planned}"
