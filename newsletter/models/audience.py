"""Who is in the audience of a mailing, until what each gets is written into the ledger."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.deliveries import Reason
from newsletter.models.mailings import Mailing
from newsletter.models.operations import DomainGroup
from subscribers.languages import LONGEST_TAG
from subscribers.models import InterestSet, MailFormat, Subscriber, Subscription


class AudienceMember(models.Model):
    """A subscription in the audience of a mailing that has no delivery yet.

    It holds what the freeze goes by, as it was when the audience was fixed: a piece of the freeze
    makes deliveries of the next of them, and deletes these rows. `ordinal` counts them from 1, in
    the order in which they are to be mailed, without a gap.

    The database does not check references, as of a delivery and for the same reason.
    """

    pk = models.CompositePrimaryKey("mailing_id", "ordinal")
    mailing = models.ForeignKey(
        Mailing,
        models.CASCADE,
        related_name="members",
        db_index=False,
        db_constraint=False,
    )
    ordinal = models.PositiveIntegerField()
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    mailbox = models.CharField(max_length=254)
    interest_set = models.ForeignKey(
        InterestSet, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    language = models.CharField(max_length=LONGEST_TAG)
    mail_format = models.CharField(max_length=4, choices=MailFormat)
    only_on_change = models.BooleanField()
    #: What they were sent before: see :class:`newsletter.audience.builder.Standing`.
    history = models.TextField()
    #: Why they get nothing; empty if that is to be seen from what their edition holds.
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    due_at = models.DateTimeField()
    group = models.ForeignKey(
        DomainGroup,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        verbose_name = _("reader whose email is being prepared")
        verbose_name_plural = _("readers whose emails are being prepared")

    def __str__(self) -> str:
        return f"{self.mailing_id}/{self.ordinal}"
