"""Transitions of deliveries: the only way in which their states change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from newsletter.ledger.rules import Rule
from newsletter.models import Batch, Delivery, DeliveryTransition
from newsletter.models import DeliveryState as State
from newsletter.models.clock import Now

#: States that a result still changes.
UNDECIDED = (State.PLANNED, State.UNKNOWN)

ALLOWED_TRANSITIONS: Mapping[DeliveryTransition, Rule[State]] = {
    DeliveryTransition.ACCEPT: Rule(UNDECIDED, State.ACCEPTED),
    DeliveryTransition.REJECT: Rule(UNDECIDED, State.REJECTED),
    DeliveryTransition.DOUBT: Rule(UNDECIDED, State.UNKNOWN),
    DeliveryTransition.GIVE_UP: Rule(UNDECIDED, State.FAILED),
    DeliveryTransition.SKIP: Rule((State.PLANNED,), State.SKIPPED),
    DeliveryTransition.KEEP: Rule(UNDECIDED, State.PLANNED),
    DeliveryTransition.RESEND: Rule((State.UNKNOWN,), State.PLANNED),
    DeliveryTransition.ABSOLVE: Rule((State.FAILED,), State.PLANNED),
    # A report is about what was handed over, whatever we took it for.
    DeliveryTransition.PROVE_ACCEPTED: Rule(
        (State.PLANNED, State.UNKNOWN, State.REJECTED, State.FAILED, State.SKIPPED), State.ACCEPTED
    ),
    DeliveryTransition.PROVE_REJECTED: Rule(
        (State.PLANNED, State.UNKNOWN, State.ACCEPTED, State.FAILED, State.SKIPPED), State.REJECTED
    ),
}

#: What a final result of a transport does.
BY_RESULT = (DeliveryTransition.ACCEPT, DeliveryTransition.REJECT, DeliveryTransition.DOUBT)

#: Up to how many different groups of results a statement each is the faster way.
FEW_GROUPS = 4

# One statement for all of them; the middle is a row of VALUES each.
WRITE_RESULTS = """
WITH result (id, state, reason, detail, obstacle, remote_id, outbox_name) AS (VALUES {rows})
UPDATE newsletter_delivery
SET state = result.state, reason = result.reason, detail = result.detail,
    obstacle = result.obstacle, remote_id = result.remote_id, outbox_name = result.outbox_name,
    settled_at = %s, attempts = attempts + 1
FROM result
WHERE newsletter_delivery.id = result.id AND batch_id = %s
  AND newsletter_delivery.state IN ('planned', 'unknown')
"""


class ResultGroup(NamedTuple):
    """What a final result does to a delivery, and what it says in its columns."""

    transition: DeliveryTransition
    reason: str
    detail: str
    obstacle: str
    remote_id: str
    outbox_name: str


def transition(
    deliveries: QuerySet[Delivery], name: DeliveryTransition, *, reason: Any = "", **columns: Any
) -> int:
    """Let `name` happen to those of `deliveries` that it may happen to; to how many it did.

    One conditional UPDATE. `reason` is a :class:`~newsletter.models.Reason`, or an expression
    for one, in states that have one. `columns` are written beside.
    """
    rule = ALLOWED_TRANSITIONS[name]
    columns.setdefault("settled_at", None if rule.target == State.PLANNED else Now())
    allowed = deliveries.filter(state__in=rule.sources)
    return allowed.update(state=rule.target, reason=reason, **columns)


def record_results(batch: Batch, groups: Mapping[ResultGroup, Sequence[int]]) -> None:
    """Write down final results of `batch`: deliveries (ids) by what became of them.

    An ESP's are alike, a relay says something else to each message.
    """
    if len(groups) <= FEW_GROUPS:
        for group, ids in groups.items():
            _record_alike(batch, group, ids)
    else:
        _record_each(batch, [(id_, group) for group, ids in groups.items() for id_ in ids])


def _record_alike(batch: Batch, group: ResultGroup, ids: Sequence[int]) -> None:
    columns = group._asdict()
    name = columns.pop("transition")
    alike = Delivery.objects.filter(pk__in=ids, batch=batch)
    transition(alike, name, attempts=F("attempts") + 1, **columns)


def _record_each(batch: Batch, rows: Sequence[tuple[int, ResultGroup]]) -> None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values: list[Any] = []
    for id_, (name, *columns) in rows:
        values += [id_, ALLOWED_TRANSITIONS[name].target, *columns]
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_RESULTS.format(rows=", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(rows))),
            [*values, now, batch.pk],
        )
