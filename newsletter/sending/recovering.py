"""What workers that stopped in the middle left behind, and mailings that are done."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from newsletter.ledger import batches, mailings
from newsletter.ledger.heartbeats import forget_the_dead, is_dead
from newsletter.ledger.history import this_worker
from newsletter.ledger.mailings import hinder
from newsletter.ledger.tallying import differences
from newsletter.models import (
    Batch,
    BatchState,
    BatchTransition,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
    Trouble,
    UnknownPolicy,
)
from newsletter.models.clock import Now
from newsletter.queries import counts_of
from newsletter.sending.deadlines import hold_late
from newsletter.sending.journals import left_behind
from newsletter.sending.recording import record_left_behind
from newsletter.sending.repeating import repeat_keyed, repeatable
from newsletter.sending.resending import reopen_owing, resend_by_policy, unresolved


def recover() -> None:
    """Take back or settle every batch whose worker is lost, or whose mailing may not send it."""
    _read_journals()
    reopen_owing()
    _return_unsent()
    _settle_lost()
    _settle_cancelled()
    hold_late()
    repeat_keyed()
    resend_by_policy()
    forget_the_dead()


def finish_drained() -> int:
    """Finish the mailings with nothing left to send whose counts add up; the number finished."""
    unsettled = Batch.objects.filter(mailing=OuterRef("pk")).exclude(state=BatchState.SETTLED)
    to_be_resent = Exists(unresolved().filter(mailing=OuterRef("pk"))) & Q(
        unknown_policy=UnknownPolicy.RESEND_ONCE, not_after__gt=Now()
    )
    to_be_repeated = Exists(repeatable().filter(mailing=OuterRef("pk")))
    drained = Mailing.objects.filter(
        ~Exists(unsettled),
        ~to_be_resent,
        ~to_be_repeated,
        state=MailingState.SENDING,
        left_to_freeze=0,
    )
    return sum(_finish(mailing) for mailing in drained)


def _finish(mailing: Mailing) -> int:
    """Finish `mailing` if its deliveries, counted this once, are as many as are kept."""
    itself = Mailing.objects.filter(pk=mailing.pk)
    counts = counts_of(mailing)
    if counts.pending:
        return 0  # put off by somebody at this very moment
    if counts.balanced and not differences(mailing):
        finish, now = MailingTransition.FINISH, Now()
        return mailings.transition(
            itself, finish, by=this_worker(), finished_at=now, recount_at=now
        )
    hinder(itself, Trouble.MISCOUNTED, {"total": counts.total, "size": counts.audience_size})
    return 0


def _read_journals() -> None:
    with left_behind() as found:
        for evidence in found:
            record_left_behind(evidence)


def _return_unsent() -> None:
    """Claimed and never handed over: nothing left, somebody else may try."""
    batches.transition(Batch.objects.filter(_lost()), BatchTransition.RECOVER)


def _settle_lost() -> None:
    """Handed over and never recorded: what has no result may have left and may not."""
    batches.lose(Batch.objects.filter(_lost()))


def _lost() -> Q:
    """Whose worker is dead, or cannot be at it any more."""
    return is_dead() | Q(lease_until__lte=Now())


def _settle_cancelled() -> None:
    unsent = Batch.objects.filter(state=BatchState.PENDING, mailing__state=MailingState.CANCELLED)
    batches.close(unsent, Reason.CANCELLED)
