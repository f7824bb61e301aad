"""Transitions of batches: the only way in which their states change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction as database
from django.db.models import QuerySet

from newsletter.ledger import deliveries, history
from newsletter.ledger.mailings import note_reached
from newsletter.ledger.rules import Rule
from newsletter.models import (
    Batch,
    BatchTransition,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    HistoryEntry,
    Reason,
)
from newsletter.models import BatchState as State
from newsletter.models.clock import Now
from newsletter.models.history import UNUSUAL

ALLOWED_TRANSITIONS: Mapping[BatchTransition, Rule[State]] = {
    BatchTransition.CLAIM: Rule((State.PENDING,), State.CLAIMED),
    BatchTransition.RELEASE: Rule((State.CLAIMED,), State.PENDING),
    BatchTransition.RECOVER: Rule((State.CLAIMED,), State.PENDING),
    BatchTransition.HAND_OVER: Rule((State.CLAIMED,), State.HANDED),
    BatchTransition.SETTLE: Rule((State.HANDED,), State.SETTLED),
    BatchTransition.LOSE: Rule((State.HANDED,), State.SETTLED),
    BatchTransition.CLOSE: Rule((State.PENDING,), State.SETTLED),
    BatchTransition.QUARANTINE: Rule((State.PENDING,), State.SETTLED),
    BatchTransition.RESTORE: Rule((State.SETTLED,), State.PENDING),
}

#: What a batch in a state has not, or has from now on.
COLUMNS: Mapping[State, Mapping[str, Any]] = {
    State.PENDING: {"token": None, "lease_until": None, "settled_at": None},
    State.SETTLED: {"settled_at": Now()},
}


def transition(batches: QuerySet[Batch], name: BatchTransition, **columns: Any) -> int:
    """Let `name` happen to those of `batches` that it may happen to; to how many it did.

    One conditional UPDATE: of two callers, one wins. `columns` are written beside. What is
    unusual is history of the mailing.
    """
    rule = ALLOWED_TRANSITIONS[name]
    allowed = batches.filter(state__in=rule.sources)
    columns = {**COLUMNS.get(rule.target, {}), **columns}
    if name in UNUSUAL:
        return _remembered(allowed, name, columns)
    return allowed.update(state=rule.target, **columns)


def _remembered(allowed: QuerySet[Batch], name: BatchTransition, columns: Mapping[str, Any]) -> int:
    target = ALLOWED_TRANSITIONS[name].target
    with database.atomic(savepoint=False):
        locked = allowed.order_by("pk").select_for_update(of=("self",))
        rows = list(locked.values_list("pk", "mailing", "state"))
        if rows:
            Batch.objects.filter(pk__in=[pk for pk, *_rest in rows]).update(state=target, **columns)
            entries = [_entry(*row, name) for row in rows]
            history.write(entries, history.this_worker())
    return len(rows)


def _entry(batch: int, mailing: int, before: str, name: BatchTransition) -> HistoryEntry:
    return HistoryEntry(
        mailing_id=mailing,
        batch_id=batch,
        transition=name,
        before=before,
        after=ALLOWED_TRANSITIONS[name].target,
        at=Now(),
    )


def lose(batches: QuerySet[Batch]) -> None:
    """Settle `batches` whose worker stopped: what has no result may have left and may not."""
    _end(batches, BatchTransition.LOSE, DeliveryTransition.DOUBT, Reason.WORKER_LOST)


def close(batches: QuerySet[Batch], reason: Reason) -> None:
    """Let nobody try `batches` any more, because of `reason`.

    What may have left in an earlier try stays unknown, the rest is skipped.
    """
    # Nearly always there are none, at every turn of every worker.
    if not batches.exists():
        return
    asked_about = batches.exclude(first_handed_at=None)
    _end(asked_about, BatchTransition.CLOSE, DeliveryTransition.DOUBT, Reason.NO_ANSWER)
    never_left = batches.filter(first_handed_at=None)
    _end(never_left, BatchTransition.CLOSE, DeliveryTransition.SKIP, reason)


def _end(
    batches: QuerySet[Batch], name: BatchTransition, of_each: DeliveryTransition, reason: Reason
) -> None:
    with database.atomic():
        ending = batches.filter(state__in=ALLOWED_TRANSITIONS[name].sources)
        locked = ending.select_for_update(skip_locked=True, of=("self",))
        ids = list(locked.values_list("pk", flat=True))
        planned = Delivery.objects.filter(batch__in=ids, state=DeliveryState.PLANNED)
        deliveries.transition(planned, of_each, reason=reason)
        transition(Batch.objects.filter(pk__in=ids), name)
        if of_each == DeliveryTransition.DOUBT:
            note_reached(Batch.objects.filter(pk__in=ids).values("mailing"))
