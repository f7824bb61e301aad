"""Building batches: the one place where deliveries are put together for a hand-over.

At the freeze that is done for a whole audience by three statements, later for what has to be
handed over in another company or at another moment than it was planned for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import Combinable

from newsletter.models import Batch, Delivery, Mailing

# These statements run on PostgreSQL and SQLite alike.
NUMBER_BATCHES = """
CREATE TEMPORARY TABLE new_batches AS
SELECT p.*, ROW_NUMBER() OVER (ORDER BY p.due_at, p.slice, p.group_key) AS ordinal
FROM (SELECT DISTINCT due_at, group_key, slice FROM plan WHERE edition_id IS NOT NULL) p
"""

WRITE_BATCHES = """
INSERT INTO newsletter_batch (
    mailing_id, ordinal, group_id, state, due_at, is_urgent, channel
)
SELECT %s, ordinal, NULLIF(group_key, 0), 'pending', due_at, %s, %s
FROM new_batches
ORDER BY ordinal
"""

WRITE_DELIVERIES = """
INSERT INTO newsletter_delivery (
    mailing_id, subscriber_id, subscription_id, mailbox, interest_set_id, edition_id, batch_id,
    state, reason
)
SELECT %s, p.subscriber_id, p.subscription_id, p.mailbox, p.interest_set_id, p.edition_id, b.id,
       CASE WHEN p.reason = '' THEN 'planned' ELSE 'excluded' END, p.reason
FROM plan p
LEFT JOIN new_batches n ON p.edition_id IS NOT NULL AND n.due_at = p.due_at
   AND n.group_key = p.group_key AND n.slice = p.slice
LEFT JOIN newsletter_batch b ON b.mailing_id = %s AND b.ordinal = n.ordinal
ORDER BY b.id
"""


def build_planned(mailing: Mailing) -> None:
    """Write the deliveries of `mailing` and their batches, as the temporary table `plan` says.

    It has a row for each subscription of the audience: subscription_id, subscriber_id, mailbox,
    interest_set_id, edition_id, reason (empty for those that get `edition_id`), due_at, group_key
    (0 for no group), and slice: those alike in moment, group and slice share a batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(NUMBER_BATCHES)
        issue = mailing.issue
        channel = issue.publication.channel
        cursor.execute(WRITE_BATCHES, [mailing.pk, issue.is_alert, channel])
        cursor.execute(WRITE_DELIVERIES, [mailing.pk, mailing.pk])
        cursor.execute("DROP TABLE new_batches")


def build_like(
    batch: Batch,
    *,
    due_at: datetime | Combinable,
    claims: int = 0,
    first_handed_at: datetime | None = None,
) -> Batch:
    """A batch for deliveries of `batch` that go on without the others, due at `due_at`.

    `first_handed_at` is for what may have left already, and has an idempotency key.
    """
    return Batch.objects.create(
        **_shared(batch), due_at=due_at, claims=claims, first_handed_at=first_handed_at
    )


def split(batch: Batch, deliveries: Sequence[int]) -> None:
    """Put each of `deliveries` (ids) of `batch` into a batch of its own."""
    singles = Batch.objects.bulk_create(
        Batch(**_shared(batch), due_at=batch.due_at, first_handed_at=batch.first_handed_at)
        for _id in deliveries
    )
    Delivery.objects.bulk_update(
        (Delivery(pk=pk, batch=one) for pk, one in zip(deliveries, singles, strict=True)),
        ["batch"],
        batch_size=200,
    )


def _shared(batch: Batch) -> dict[str, Any]:
    return {
        "mailing_id": batch.mailing_id,
        "group_id": batch.group_id,
        "channel": batch.channel,
        "transport": batch.transport,
        "is_urgent": batch.is_urgent,
    }
