"""What happened to mailings and batches, when, by whom and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.models.batches import Batch, BatchState
from newsletter.models.mailings import Mailing, MailingState
from newsletter.models.transitions import BatchTransition, MailingTransition
from newsletter.models.troubles import Trouble
from subscribers.models.append_only import AppendOnlyModel
from subscribers.models.constraints import one_of

#: What is kept of batches: whatever is out of the ordinary, so that it is few rows.
UNUSUAL = (BatchTransition.RECOVER, BatchTransition.LOSE, BatchTransition.QUARANTINE)

#: Characters in the longest name of a state.
LONGEST_STATE = max(map(len, [*MailingState.values, *BatchState.values]))


class ActorKind(models.TextChoices):
    PERSON = "person", _("a person")
    WORKER = "worker", _("a worker")
    ESP = "esp", _("the mail service")
    SCHEDULE = "schedule", _("the schedule")


class HistoryEntry(AppendOnlyModel):
    """One thing that happened to a mailing, or to a batch of it. Append-only.

    Codes and parameters are stored: words are made when it is shown. It names no reader.
    """

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="+")
    #: The id stays when the batch has gone.
    batch = models.ForeignKey(
        Batch,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    transition = models.CharField(
        max_length=13,
        choices=[
            *MailingTransition.choices,
            *((one.value, one.label) for one in UNUSUAL),
        ],
    )
    #: The state it came from; empty where it began with this.
    before = models.CharField(max_length=LONGEST_STATE, blank=True)
    after = models.CharField(max_length=LONGEST_STATE)
    #: By the database's clock.
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    #: Who, if a person is known. No constraint, no cascade: the id stays after its user is gone.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    #: A worker's host and process id, a transport, or a command.
    actor_name = models.CharField(max_length=300, blank=True)
    why = models.CharField(max_length=13, choices=Trouble, blank=True)
    #: Numbers, moments and others' words, by name.
    about = models.JSONField(default=dict)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        default_permissions = ()
        constraints = [
            one_of("actor_kind", ActorKind),
            models.CheckConstraint(
                condition=models.Q(batch=None, transition__in=MailingTransition.values)
                | models.Q(batch__isnull=False, transition__in=UNUSUAL),
                name="history_is_of_a_mailing_or_of_its_batch",
            ),
            models.CheckConstraint(
                condition=~(models.Q(transition="schedule") ^ models.Q(before="")),
                name="only_what_begins_has_nothing_before",
            ),
            models.CheckConstraint(
                condition=models.Q(why__in=["", *Trouble.values]), name="history_why_known"
            ),
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(actor_kind="person"),
                name="only_a_person_is_a_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.get_transition_display()}"
