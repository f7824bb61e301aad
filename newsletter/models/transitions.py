"""The names of what can happen to a mailing, a batch and a delivery.

What may follow what is in :mod:`newsletter.ledger`.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailingTransition(models.TextChoices):
    """What happens to a mailing. Some leave its state as it is, and are part of its history."""

    SCHEDULE = "schedule", _("scheduled")
    MISS = "miss", _("its time passed with nothing running to send it")
    START_LATE = "start_late", _("started late")
    HOLD = "hold", _("about to go out")
    FREEZE = "freeze", _("working out who gets what")
    START = "start", _("audience fixed, sending started")
    FAIL_CHECK = "fail_check", _("stopped: its leak check failed")
    PAUSE = "pause", _("paused")
    STOP = "stop", _("paused by the service")
    RESUME = "resume", _("resumed")
    HINDER = "hinder", _("a problem came up")
    RECOVER = "recover", _("the problem is over")
    RUN_OUT = "run_out", _("its time ran out")
    EXTEND = "extend", _("got more time for what was not sent")
    LEAVE_OUT = "leave_out", _("the rest is left out")
    RESEND = "resend", _("what was unknown is resent")
    FINISH = "finish", _("finished")
    REOPEN = "reopen", _("sending again what turned out not to have left")
    WAIT = "wait", _("has more to send, and waits")
    CANCEL = "cancel", _("cancelled")


class BatchTransition(models.TextChoices):
    """What happens to a batch."""

    CLAIM = "claim", _("claimed by a worker")
    RELEASE = "release", _("given back unsent")
    RECOVER = "recover_batch", _("taken back from a worker that stopped")
    HAND_OVER = "hand_over", _("on the wire, or about to be")
    SETTLE = "settle", _("every result is recorded")
    LOSE = "lose", _("its worker stopped with it on the wire")
    CLOSE = "close", _("not sent any more")
    QUARANTINE = "quarantine", _("set aside: it stopped every worker that took it")
    RESTORE = "restore", _("waiting to be sent again")


class DeliveryTransition(StrEnum):
    """What happens to a delivery. Its reason says more, and nobody is shown these."""

    ACCEPT = "accept"
    REJECT = "reject"
    #: It may or may not have been accepted.
    DOUBT = "doubt"
    GIVE_UP = "give_up"
    SKIP = "skip"
    #: It stays planned, or is so again: it has not left, or is asked about once more.
    KEEP = "keep"
    #: Sent again though it may have been accepted.
    RESEND = "resend"
    #: Given up for something that it was not to blame for.
    ABSOLVE = "absolve"
    #: By a report of the mail service.
    PROVE_ACCEPTED = "prove_accepted"
    PROVE_REJECTED = "prove_rejected"
