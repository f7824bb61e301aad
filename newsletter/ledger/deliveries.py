"""Transitions of deliveries: the only way in which their states change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
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

TARGETS = {name: rule.target.value for name, rule in ALLOWED_TRANSITIONS.items()}

#: What a final result of a transport does.
BY_RESULT = (DeliveryTransition.ACCEPT, DeliveryTransition.REJECT, DeliveryTransition.DOUBT)

# One statement for all results, which are one parameter: a list of lists as JSON. Each finds its
# delivery by the primary key. PostgreSQL knows nothing of a batch that was just planned, takes it
# for one row, and reads all results for each of its thousands; what stands in a CASE it does not
# guess at, and takes for half of the table.
ROWS = {
    "postgresql": "jsonb_array_elements(%s::jsonb) AS told (value)",
    "sqlite": "json_each(%s)",
}
FIELD = {"postgresql": "value ->> {}", "sqlite": "json_extract(value, '$[{}]')"}
WRITE_RESULTS = """
WITH result (id, state, reason, detail, obstacle, remote_id, outbox_name) AS (
    SELECT {fields} FROM {rows}
)
UPDATE newsletter_delivery
SET state = result.state, reason = result.reason, detail = result.detail,
    obstacle = result.obstacle, remote_id = result.remote_id, outbox_name = result.outbox_name,
    settled_at = %s, attempts = attempts + 1
FROM result
WHERE newsletter_delivery.id = CAST(result.id AS bigint)
  AND CASE WHEN batch_id = %s AND newsletter_delivery.state IN ('planned', 'unknown')
      THEN TRUE ELSE FALSE END
"""


class Final(NamedTuple):
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


def record_results(batch: Batch, told: Iterable[tuple[int, Final]]) -> None:
    """Write down final results of `batch`: what became of each delivery (by id).

    What was decided meanwhile, or is another batch's by now, stays as it is.
    """
    rows = [(id_, TARGETS[name], *columns) for id_, (name, *columns) in told]
    if rows:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        fields = ", ".join(FIELD[connection.vendor].format(n) for n in range(len(rows[0])))
        statement = WRITE_RESULTS.format(fields=fields, rows=ROWS[connection.vendor])
        with connection.cursor() as cursor:
            cursor.execute(statement, [json.dumps(rows), now, batch.pk])
