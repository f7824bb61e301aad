"""What the database does to record results grows with their number, and no faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from newsletter.ledger.deliveries import Final, record_results
from newsletter.models import Batch, Delivery, DeliveryState, DeliveryTransition

pytestmark = pytest.mark.django_db

ACCEPTED = Final(DeliveryTransition.ACCEPT, "", "", "", "0100@esp.example", "")
#: Of two batches; the second is four times the first.
FEW, MANY = 500, 2_000

PLAN = """
WITH RECURSIVE reader (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM reader WHERE number < %s
)
INSERT INTO newsletter_delivery (
    batch_id, mailing_id, subscriber_id, subscription_id, mailbox, interest_set_id, edition_id,
    state, reason
)
SELECT %s, 1, %s + number, number, '', 1, 1, 'planned', '' FROM reader
"""


@pytest.fixture
def planned() -> Mapping[int, list[int]]:
    """Batches and deliveries (ids) of which the database knows nothing, as after a freeze."""
    with connection.cursor() as cursor:
        for batch, number in enumerate((FEW, MANY)):
            cursor.execute(PLAN, [number, batch, batch * FEW])
    rows = Delivery.objects.order_by("pk")
    return {batch: list(rows.filter(batch=batch).values_list("pk", flat=True)) for batch in (0, 1)}


def test_four_times_the_results_are_four_times_the_work(
    planned: Mapping[int, list[int]],
) -> None:
    few, many = (_work_of_recording(*of_batch) for of_batch in planned.items())

    assert many < 5 * few
    assert Delivery.objects.filter(state=DeliveryState.ACCEPTED).count() == FEW + MANY


def _work_of_recording(batch: int, deliveries: list[int]) -> int:
    counted = _rows_read if connection.vendor == "postgresql" else _instructions
    with counted() as work:
        record_results(Batch(pk=batch), ((pk, ACCEPTED) for pk in deliveries))
    return sum(work)


@contextmanager
def _rows_read() -> Iterator[list[int]]:
    """How many rows PostgreSQL reads at each step of what is executed within.

    It may not hash, as where it takes a batch for one row and sees no gain in that.
    """
    work: list[int] = []

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
    ) -> None:
        execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params, many, context)
        work.extend(_of_steps(context["cursor"].fetchone()[0][0]["Plan"]))

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off")
    with connection.execute_wrapper(explain):
        yield work


def _of_steps(step: Mapping[str, Any]) -> Iterator[int]:
    removed = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Join Filter", 0)
    yield int(step["Actual Loops"] * (step["Actual Rows"] + removed))
    for inner in step.get("Plans", ()):
        yield from _of_steps(inner)


@contextmanager
def _instructions() -> Iterator[list[int]]:
    """How many hundreds of instructions SQLite carries out for what is executed within."""
    work: list[int] = []
    connection.connection.set_progress_handler(lambda: work.append(1), 100)
    yield work
    connection.connection.set_progress_handler(None, 0)
