"""The counts of mailings, kept as their deliveries change.

The database does it itself: a trigger on deliveries appends how many fewer and how many more
stand alike, in the transaction that changes them, whoever writes it. What is appended is added up
now and then. Each piece of a freeze appends what it wrote. Whenever counts are doubted, deliveries
are counted, and what is missing is appended like everything else: one statement, which sees one
state of both tables.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Count, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Least

from newsletter.models import Mailing, Tally
from newsletter.models.clock import Now
from newsletter.queries import to_be_added_up

#: What deliveries that stand alike have in common, beside their mailing.
ALIKE = ("state", "reason", "outcome", "resends")

#: Of a mailing that is being sent, so many are appended before they are added up.
MANY = 100
#: How many are added up at once.
AT_ONCE = 10_000

#: How long its readers are not counted again after one of them moved, for each of them: that
#: takes some 3 µs for each.
RECOUNT_AFTER = timedelta(microseconds=200)

# An insertion is not watched: of a million rows at the freeze it would cost a second.
ON_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION newsletter_keep_tallies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO newsletter_tally (mailing_id, state, reason, outcome, resends, number)
        SELECT mailing_id, state, reason, outcome, resends, SUM(number)
        FROM (
            SELECT mailing_id, state, reason, outcome, resends, -1 AS number FROM before
            UNION ALL
            SELECT mailing_id, state, reason, outcome, resends, 1 FROM after
        ) AS changed
        GROUP BY mailing_id, state, reason, outcome, resends
        HAVING SUM(number) <> 0;
        RETURN NULL;
    END $$
    """,
    # Only where it is missing: to replace it would wait for everyone who writes deliveries.
    """
    DO $$ BEGIN
        IF NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgname = 'newsletter_tallies' AND tgrelid = 'newsletter_delivery'::regclass
        ) THEN
            CREATE TRIGGER newsletter_tallies AFTER UPDATE ON newsletter_delivery
            REFERENCING OLD TABLE AS before NEW TABLE AS after
            FOR EACH STATEMENT EXECUTE FUNCTION newsletter_keep_tallies();
        END IF;
    END $$
    """,
    "ALTER TABLE newsletter_delivery SET (fillfactor = 45)",
)
ON_SQLITE = (
    "DROP TRIGGER IF EXISTS newsletter_tallies",
    """
    CREATE TRIGGER newsletter_tallies
    AFTER UPDATE OF state, reason, outcome, resends ON newsletter_delivery
    WHEN OLD.state <> NEW.state OR OLD.reason <> NEW.reason
        OR OLD.outcome IS NOT NEW.outcome OR OLD.resends <> NEW.resends
    BEGIN
        INSERT INTO newsletter_tally (mailing_id, state, reason, outcome, resends, number)
        VALUES (OLD.mailing_id, OLD.state, OLD.reason, OLD.outcome, OLD.resends, -1),
               (NEW.mailing_id, NEW.state, NEW.reason, NEW.outcome, NEW.resends, 1);
    END
    """,
)

# What is missing in the tallies of a mailing. It runs on PostgreSQL and SQLite alike.
MISSING = """
SELECT %s, state, reason, outcome, resends, SUM(number)
FROM (
    SELECT state, reason, outcome, resends, COUNT(*) AS number
    FROM newsletter_delivery
    WHERE mailing_id = %s
    GROUP BY state, reason, outcome, resends
    UNION ALL
    SELECT state, reason, outcome, resends, -number
    FROM newsletter_tally
    WHERE mailing_id = %s
) AS counted
GROUP BY state, reason, outcome, resends
HAVING SUM(number) <> 0
"""
APPEND_MISSING = (
    f"INSERT INTO newsletter_tally (mailing_id, state, reason, outcome, resends, number){MISSING}"
)


class Difference(NamedTuple):
    """By how many deliveries the tallies of a mailing are wrong; more than none is too few."""

    mailing_id: int
    state: str
    reason: str
    outcome: int | None
    resends: int
    number: int


def watch_deliveries(using: str = DEFAULT_DB_ALIAS) -> None:
    """Let the database keep tallies of what changes, if it does not already.

    A delivery changes once or twice. PostgreSQL writes it anew each time, and leaves its indexes
    alone if there is room beside the old one: that is a quarter of the work.
    """
    database = connections[using]
    with database.cursor() as cursor:
        for statement in ON_POSTGRESQL if database.vendor == "postgresql" else ON_SQLITE:
            cursor.execute(statement)


def tally(mailing: Mailing) -> int:
    """Count the deliveries of `mailing`, and tally what is not yet; how many deliveries it has."""
    with connection.cursor() as cursor:
        cursor.execute(APPEND_MISSING, [mailing.pk] * 3)
    return sum(mailing.tallies.values_list("number", flat=True))


def once_written(mailing: Mailing) -> dict[str, Any]:
    """What is kept with `mailing` once all its deliveries are written, as columns of it."""
    # Not the highest: of millions, PostgreSQL would look at all.
    last = mailing.deliveries.order_by("-pk").values_list("pk", flat=True).first()
    return {"last_delivery": last, "recount_at": in_a_while(mailing.audience_size or 0)}


def differences(mailing: Mailing) -> list[Difference]:
    """What is wrong in the tallies of `mailing`, whose deliveries are all there; none if nothing.

    :func:`tally` mends it.
    """
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [mailing.pk] * 3)
        return [Difference._make((*row[:-1], int(row[-1]))) for row in cursor.fetchall()]


def add_up() -> None:
    """Replace tallies that were appended by their sums, where that is worth it."""
    appended = Tally.objects.filter(is_sum=False).order_by().values("mailing")
    many = appended.annotate(number=Count("pk")).filter(number__gte=MANY).values("mailing")
    due = Mailing.objects.filter(to_be_added_up() | Q(pk__in=many))
    for mailing in due.values_list("pk", flat=True):
        _add_up(mailing)


@transaction.atomic
def _add_up(mailing: int) -> None:
    rows = Tally.objects.filter(mailing=mailing).order_by("pk")
    free = list(rows.select_for_update(skip_locked=True)[:AT_ONCE])
    sums: Counter[tuple[object, ...]] = Counter()
    moved: Counter[str] = Counter()
    for row in free:
        sums[tuple(getattr(row, name) for name in ALIKE)] += row.number
        moved[row.state] += 0 if row.is_sum else row.number
    Tally.objects.filter(pk__in=[row.pk for row in free]).delete()
    Tally.objects.bulk_create(
        Tally(
            mailing_id=mailing, number=number, is_sum=True, **dict(zip(ALIKE, alike, strict=True))
        )
        for alike, number in sums.items()
        if number
    )
    if any(moved.values()):
        recount_in_a_while(mailing)


def recount_in_a_while(mailing: int) -> None:
    """Have the readers of `mailing` (id) counted again by region and edition."""
    itself = Mailing.objects.filter(pk=mailing, tallied_at=None)
    size = itself.values_list("audience_size", flat=True).first() or 0
    later = in_a_while(size)
    itself.update(recount_at=Least(Coalesce("recount_at", later), later))


def in_a_while(readers: int) -> CombinedExpression:
    """When so many readers may be counted again."""
    return Now() + readers * RECOUNT_AFTER
