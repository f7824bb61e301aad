"""The cycle of one batch: claim, commit the intent, call the network, record.

No transaction is open while the network is called, and nothing is handed over without a
committed intent that looked once more at everything that may have changed since the freeze.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from newsletter.ledger import batches, deliveries, mailings
from newsletter.ledger.heartbeats import Heart, Life
from newsletter.ledger.history import this_worker
from newsletter.models import (
    Batch,
    BatchState,
    BatchTransition,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
    Throttle,
    Trouble,
)
from newsletter.models.clock import Now
from newsletter.sending import lanes
from newsletter.sending.journals import Journal
from newsletter.sending.outgoing import outgoing_batch
from newsletter.sending.quarantine import MOST_CLAIMS, isolate
from newsletter.sending.recording import record, requeue_unsent, restore_unsent
from newsletter.sending.repeating import withhold
from newsletter.sending.replanning import AS_PLANNED, replan
from newsletter.transports.base import (
    Outcome,
    OutgoingBatch,
    Result,
    Transport,
    TransportError,
    Transports,
    Until,
    told_by,
)
from subscribers.channels import NoSuchChannel, channel_named
from subscribers.models import KillSwitch, Subscription, SubscriptionStatus
from subscribers.services.clone_guard import check_generation
from subscribers.services.suppressing import suppressed

#: How long a claimed batch belongs to its worker at most: longer than any hand-over may take.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
#: Within it, how long new messages may be begun: the rest is for the last one's answer.
SENDING_TIME = LEASE * 0.4

# What is looked at again of every delivery.
SUPPRESSED = suppressed()
SUBSCRIBED = Exists(
    Subscription.objects.filter(pk=OuterRef("subscription"), status=SubscriptionStatus.ACTIVE)
)
WITHDRAWN = Q(SUPPRESSED | ~SUBSCRIBED)


def deliver_next(transports: Transports, journal: Journal, heart: Heart) -> bool:
    """Claim one batch that is due and hand it over by its channel; False if there is none.

    Where that channel is not set up here, its mailing is paused.
    """
    life, token = heart.life(), uuid.uuid4()
    # Ahead of the claim: of a worker that dies right after it, it is known that nothing left.
    journal.claim(str(token))
    batch = claim(life, token)
    if batch is None:
        journal.recorded()
        return False
    # Taken before the lease is: however long the commit takes, this ends first.
    latest = time.monotonic() + SENDING_TIME.total_seconds()
    journal.begin(batch.pk)
    transport = _transport_of(batch, transports)
    if transport is not None and commit_intent(batch):
        hand_over(batch, transport, journal, until=lambda: min(latest, life.ends_at))
    return True


def claim(life: Life, token: uuid.UUID) -> Batch | None:
    """Take a batch that is due, for :data:`LEASE` at most; None if nothing may leave.

    It belongs to the process in this `life`, as long as it has this `token`. It is the one that
    has been due longest, of the first group that has one; but whatever group it is of, an
    urgent one goes first.
    """
    open_now = lanes.openings()
    due = _due(open_now.closed)
    urgent = due.filter(is_urgent=True)
    turns = [urgent, due] if open_now.groups and urgent.exists() else [due]
    claims = (
        _claim_of(turn, group, open_now.failing, life, token)
        for turn in turns
        for group in open_now.groups
    )
    return next((batch for batch in claims if batch is not None), None)


def _due(closed: Collection[str]) -> QuerySet[Batch]:
    """What is to leave by now, by channels that are not `closed`."""
    due = Batch.objects.filter(
        state=BatchState.PENDING,
        due_at__lte=Now(),
        mailing__state=MailingState.SENDING,
        mailing__not_after__gt=Now(),
    )
    # Mostly none is, and nothing has to be asked of each then.
    return due.exclude(channel__in=closed) if closed else due


def _claim_of(
    due: QuerySet[Batch],
    group: lanes.Group,
    failing: Collection[str],
    life: Life,
    token: uuid.UUID,
) -> Batch | None:
    due = due.filter(group=group).select_related("mailing__issue__publication")
    due = due.order_by("due_at", "pk")
    with transaction.atomic():
        # A database without SKIP LOCKED runs one write transaction at a time anyway.
        free = due.select_for_update(skip_locked=True, of=("self",))
        while (batch := free.first()) and batch.claims >= MOST_CLAIMS:
            isolate(batch)
        if batch is None:
            return None
        if batch.channel in failing:
            lanes.half_open(batch.channel)
        batch.token = token
        batches.transition(
            Batch.objects.filter(pk=batch.pk),
            BatchTransition.CLAIM,
            token=token,
            worker=life.worker_id,
            lease_until=Now() + LEASE,
            claims=F("claims") + 1,
        )
    return batch


def _transport_of(batch: Batch, transports: Transports) -> Transport | None:
    """What carries `batch`; None, with its mailing paused, where nothing here does.

    Nobody sends it by another channel instead, whose sender it may not be.
    """
    try:
        return transports.of(batch.channel)
    except NoSuchChannel:
        with transaction.atomic():
            mailings.transition(
                Mailing.objects.filter(pk=batch.mailing_id),
                MailingTransition.STOP,
                by=this_worker(),
                why=Trouble.NO_CHANNEL,
                about={"channel": batch.channel},
            )
            mine = Batch.objects.filter(pk=batch.pk, token=batch.token)
            batches.transition(mine, BatchTransition.RELEASE, claims=0)
        return None


def commit_intent(batch: Batch) -> bool:
    """Commit that `batch` goes onto the wire now; False if it may not, or is no longer ours.

    In a copy of the database it may not. In the same transaction its deliveries are looked at
    again: who unsubscribed or was suppressed since the freeze is skipped; one who changed their
    preferences is planned again.
    """
    mine = Batch.objects.filter(pk=batch.pk, token=batch.token)
    batch.transport = channel_named(batch.channel).transport
    at_home = check_generation()
    with transaction.atomic():
        limits = _limits_if_it_may_leave(batch) if at_home else None
        handed = limits is not None and batches.transition(
            mine.filter(lease_until__gt=Now()),
            BatchTransition.HAND_OVER,
            transport=batch.transport,
            handed_at=Now(),
            lease_until=Now() + LEASE,
        )
        if limits is None or not handed:
            batches.transition(mine, BatchTransition.RELEASE)
            return False
        planned = Delivery.objects.filter(batch=batch, state=DeliveryState.PLANNED)
        paused = _paused_for(batch.mailing)
        changed = WITHDRAWN | paused | ~AS_PLANNED
        if batch.first_handed_at is not None:
            withhold(batch, planned, changed)
        # Of most batches nobody has changed anything, and one look tells.
        elif planned.filter(changed).exists():
            _skip_withdrawn(planned, paused)
            replan(batch)
        if limits:
            lanes.spend(limits, planned.count())
    return True


def _limits_if_it_may_leave(batch: Batch) -> list[Throttle] | None:
    """What this mail is counted against; None if it may not leave now.

    Until we commit, nobody can pause its mailing.
    """
    mailing = Mailing.objects.select_for_update(no_key=True).filter(pk=batch.mailing_id)
    sending = mailing.filter(state=MailingState.SENDING, not_after__gt=Now())
    if not sending.exists() or KillSwitch.is_thrown():
        return None
    limits = lanes.limits_on(batch)
    planned = batch.deliveries.filter(state=DeliveryState.PLANNED)
    return limits if not limits or lanes.have_room(limits, planned.count()) else None


def _paused_for(mailing: Mailing) -> Q:
    """The condition that the reader of a delivery gets nothing of `mailing` today.

    Who has what was wrong gets what is right, paused or not.
    """
    if mailing.is_correction:
        return Q(pk__in=[])
    today = mailing.issue.publication.today
    paused = Subscription.objects.filter(Subscription.paused_on(today), pk=OuterRef("subscription"))
    return Q(Exists(paused))


def _skip_withdrawn(planned: QuerySet[Delivery], paused: Q) -> None:
    reason = Case(
        When(SUPPRESSED, then=Value(Reason.SUPPRESSED)),
        When(~SUBSCRIBED, then=Value(Reason.UNSUBSCRIBED)),
        default=Value(Reason.PAUSED),
    )
    deliveries.transition(
        planned.filter(WITHDRAWN | paused), DeliveryTransition.SKIP, reason=reason
    )


def hand_over(batch: Batch, transport: Transport, journal: Journal, *, until: Until) -> None:
    """Give what is planned of `batch` to `transport`, and record what becomes of it.

    Nothing is begun after `until`, and what was not begun is put back for another turn.

    An error that the transport does not know leaves the batch as it is, for the journal, or
    else the end of the lease, to settle.
    """
    results: list[Result] = []
    stop: TransportError | None = None
    all_accepted = False
    try:
        outgoing = outgoing_batch(batch)
        if outgoing.copies:
            for event in transport.hand_over(outgoing, until=until):
                journal.note(event)
                results += told_by(event)
            all_accepted = _all_accepted(outgoing, results)
    except TransportError as error:
        stop = error
    record(batch, results)
    if not all_accepted:
        restore_unsent(batch)
        requeue_unsent(batch, stop)
    journal.recorded()


def _all_accepted(outgoing: OutgoingBatch, results: Sequence[Result]) -> bool:
    """Whether nothing is left to say of `outgoing`, which is not empty."""
    accepted = sum(result.outcome is Outcome.ACCEPTED for result in results)
    return accepted == len(results) == len(outgoing.copies)
