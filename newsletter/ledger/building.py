"""Building batches: the one place where deliveries are put together for a hand-over.

A piece of a freeze does that by a few statements for all its readers; later it is done for what
has to be handed over in another company or at another moment than it was planned for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.db.models.expressions import Combinable
from django.utils import timezone

from newsletter.models import Batch, Delivery, Mailing, Reason

# These statements run on PostgreSQL and SQLite alike.
NUMBER_BATCHES = """
CREATE TEMPORARY TABLE new_batches AS
SELECT p.*, %s + ROW_NUMBER() OVER (ORDER BY p.due_at, p.slice, p.group_key) AS ordinal
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

TALLY_PLANNED = """
INSERT INTO newsletter_tally (mailing_id, state, reason, resends, number)
SELECT %s, CASE WHEN reason = '' THEN 'planned' ELSE 'excluded' END, reason, 0, COUNT(*)
FROM plan
GROUP BY reason
"""

SKIP_ALL = """
INSERT INTO newsletter_delivery (
    mailing_id, subscriber_id, subscription_id, mailbox, interest_set_id, state, reason, settled_at
)
SELECT %s, subscriber_id, subscription_id, mailbox, interest_set_id,
       CASE WHEN reason = '' THEN 'skipped' ELSE 'excluded' END, COALESCE(NULLIF(reason, ''), %s),
       CASE WHEN reason = '' THEN {now} END
FROM newsletter_audiencemember
WHERE mailing_id = %s AND ordinal BETWEEN %s AND %s
"""

TALLY_SKIPPED = """
INSERT INTO newsletter_tally (mailing_id, state, reason, resends, number)
SELECT %s, CASE WHEN reason = '' THEN 'skipped' ELSE 'excluded' END,
       COALESCE(NULLIF(reason, ''), %s), 0, COUNT(*)
FROM newsletter_audiencemember
WHERE mailing_id = %s AND ordinal BETWEEN %s AND %s
GROUP BY reason
"""

# PostgreSQL has to be told what the parameter is.
MOMENT = {"postgresql": "%s::timestamptz", "sqlite": "%s"}


def build_planned(mailing: Mailing) -> int:
    """Write and tally deliveries of `mailing`, and their batches, as the temporary table `plan`
    says; how many deliveries.

    It has a row for each subscription: subscription_id, subscriber_id, mailbox,
    interest_set_id, edition_id, reason (empty for those that get `edition_id`), due_at, group_key
    (0 for no group), and slice: those alike in moment, group and slice share a batch.
    """
    last = mailing.batches.aggregate(last=Max("ordinal"))["last"] or 0
    issue = mailing.issue
    channel = issue.publication.channel
    with connection.cursor() as cursor:
        cursor.execute(NUMBER_BATCHES, [last])
        cursor.execute(WRITE_BATCHES, [mailing.pk, issue.is_alert, channel])
        cursor.execute(WRITE_DELIVERIES, [mailing.pk, mailing.pk])
        written: int = cursor.rowcount
        cursor.execute(TALLY_PLANNED, [mailing.pk])
        cursor.execute("DROP TABLE new_batches")
    return written


def build_skipped(mailing: Mailing, ordinals: range, reason: Reason) -> int:
    """Write and tally that these members of the audience of `mailing` get nothing any more,
    because of `reason`; how many they are."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    which = [mailing.pk, ordinals[0], ordinals[-1]]
    with connection.cursor() as cursor:
        statement = SKIP_ALL.format(now=MOMENT[connection.vendor])
        cursor.execute(statement, [mailing.pk, reason.value, now, *which])
        written: int = cursor.rowcount
        cursor.execute(TALLY_SKIPPED, [mailing.pk, reason.value, *which])
    return written


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
