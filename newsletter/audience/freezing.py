"""The freeze: who gets which edition, decided for a whole audience at one instant.

The audience is taken by one statement, so it is what the database held at that instant.
Editions are composed for its distinct interests, some hundreds whatever its size, and
batches and deliveries are written by two more statements. All of it is one transaction:
a freeze that dies leaves nothing behind, and another worker starts it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, Q
from django.db.models.functions import Greatest

from newsletter.audience.assigning import PIECE, Assigner, Interest, composer_of, in_pieces
from newsletter.audience.builder import audience_of, passed_over
from newsletter.audience.copying import copy_rows
from newsletter.audience.local_times import due_moments
from newsletter.audience.segments import rule_of_mailing
from newsletter.audience.verification import Planned, check_editions
from newsletter.editions.compose import Composer
from newsletter.ledger import mailings
from newsletter.ledger.building import build_planned
from newsletter.ledger.heartbeats import Heart, is_dead
from newsletter.ledger.history import SCHEDULE, this_worker
from newsletter.ledger.tallying import tally_all
from newsletter.models import (
    DomainGroup,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
    Trouble,
)
from newsletter.models.clock import Now, today
from newsletter.queries import ALERTS_FIRST, LONGEST_LEAD, copies_on_the_wire
from subscribers.languages import LONGEST_TAG
from subscribers.models import Publication, SubscriptionStatus

#: A freeze that has not finished by then counts as dead, whatever its worker says.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)

#: How late a mailing may start without being asked for again.
GRACE = timedelta(hours=2)

#: Readers that a freeze surely manages in a second: it starts so much ahead of its moment.
FROZEN_A_SECOND = 40_000

# These statements run on PostgreSQL and SQLite alike, but for this.
DOMAIN = {
    "postgresql": "split_part(a.mailbox, '@', 2)",
    "sqlite": "substr(a.mailbox, instr(a.mailbox, '@') + 1)",
}

# Of readers in no group it is 0; of a mailing that all get at one moment the zone is empty.
TAKE_AUDIENCE = """
CREATE TEMPORARY TABLE audience AS
SELECT a.subscription_id, a.subscriber_id, a.mailbox, a.interest_set_id, a.language, a.mail_format,
       a.only_on_change, CASE WHEN %s THEN a.time_zone ELSE '' END AS time_zone,
       COALESCE(g.group_id, 0) AS group_key, a.reason, a.history
FROM ({audience}) a
LEFT JOIN newsletter_maildomain g ON g.domain = {domain}
"""

AUDIENCE_INTERESTS = """
SELECT DISTINCT interest_set_id, language, mail_format, history, only_on_change
FROM audience
WHERE reason = ''
"""

PLANNED_INTERESTS = """
SELECT p.edition_id, p.interest_set_id, e.language, e.mail_format, p.history, COUNT(*)
FROM plan p
JOIN newsletter_edition e ON e.id = p.edition_id
GROUP BY p.edition_id, p.interest_set_id, e.language, e.mail_format, p.history
ORDER BY p.edition_id
"""

# Batches of one edition come first, as many as its readers fill; the rest of all editions share
# others, those of one edition side by side.
PLAN_AUDIENCE = """
CREATE TEMPORARY TABLE plan AS
SELECT p.*, (ROW_NUMBER() OVER (
           PARTITION BY p.due_at, p.group_key, p.edition_id IS NULL
           ORDER BY p.place > p.readers - p.readers % p.batch_size, p.edition_id, p.place
       ) - 1) / p.batch_size AS slice
FROM (
    SELECT a.subscription_id, a.subscriber_id, a.mailbox, a.interest_set_id, a.history,
           e.edition_id,
           COALESCE(e.reason, a.reason) AS reason,
           z.due_at, a.group_key, s.batch_size,
           ROW_NUMBER() OVER (
               PARTITION BY z.due_at, a.group_key, e.edition_id ORDER BY a.subscriber_id
           ) AS place,
           COUNT(*) OVER (PARTITION BY z.due_at, a.group_key, e.edition_id) AS readers
    FROM audience a
    JOIN zone z ON z.name = a.time_zone
    JOIN batch_sizes s ON s.group_key = a.group_key
    LEFT JOIN interest e ON a.reason = '' AND e.interest_set_id = a.interest_set_id
       AND e.language = a.language AND e.mail_format = a.mail_format AND e.history = a.history
       AND e.only_on_change = a.only_on_change
) p
"""


#: How many deliveries a transport takes in one go: whichever it is, or by the channel.
BatchSize = int | Callable[[str], int]


def freeze_due(batch_size: BatchSize, heart: Heart | None = None) -> int:
    """Freeze every mailing whose time is about to come; the number frozen.

    Batches hold `batch_size` deliveries at most. A mailing whose time
    passed while nobody was at work is set aside for a person: readers were not to get it now.
    """
    _set_overdue_aside()
    _hold_due()
    candidates = Mailing.objects.filter(_claimable()).order_by(ALERTS_FIRST, "scheduled_at", "pk")
    heart = heart or Heart()
    return sum(freeze(mailing, batch_size, heart) for mailing in candidates)


def freeze(mailing: Mailing, batch_size: BatchSize, heart: Heart) -> bool:
    """Freeze `mailing` and start sending it; False if that is not done.

    It is not if it is not time, if another one does so, or if the leak check of an edition fails:
    then it stops, for a person to look at.
    """
    claim = Mailing.objects.filter(_claimable(), pk=mailing.pk)
    worker = heart.life().worker_id
    if not mailings.transition(
        claim,
        MailingTransition.FREEZE,
        by=this_worker(),
        worker=worker,
        lease_until=Now() + LEASE,
    ):
        return False
    composer = composer_of(mailing)
    with transaction.atomic():
        _take_time()
        _keep_readers(mailing)
        channel = mailing.issue.publication.channel
        size = batch_size if isinstance(batch_size, int) else batch_size(channel)
        is_sound = _write_ledger(mailing, composer, size)
        if others := passed_over(mailing.issue, composer):
            Mailing.objects.filter(pk=mailing.pk).update(passed_over=others)
        return is_sound and _start(mailing)


def _claimable() -> Q:
    released = Q(state=MailingState.HELD, release_at__lte=Now())
    lost = is_dead() | Q(lease_until__lte=Now())
    abandoned = Q(lost, state=MailingState.FREEZING)
    return (released | abandoned) & Q(~copies_on_the_wire())


def _set_overdue_aside() -> None:
    missed = Mailing.objects.filter(scheduled_at__lte=Now() - GRACE)
    mailings.transition(missed, MailingTransition.MISS, by=SCHEDULE, why=Trouble.MISSED)


def _hold_due() -> None:
    """Hold mailings until it is time to freeze them, so that the first mail leaves on time."""
    soon = Mailing.objects.filter(
        state=MailingState.SCHEDULED, scheduled_at__lte=Now() + LONGEST_LEAD
    )
    for mailing in soon.select_related("issue__publication"):
        publication = mailing.issue.publication
        lead = lead_of(publication)
        release_at = Greatest(F("scheduled_at") + mailing.issue.undo_time - lead, Now())
        due = soon.filter(pk=mailing.pk, scheduled_at__lte=Now() + lead)
        mailings.transition(due, MailingTransition.HOLD, by=SCHEDULE, release_at=release_at)


def lead_of(publication: Publication) -> timedelta:
    """How long ahead of its moment a mailing to the readers of `publication` is frozen."""
    active = publication.subscriptions.filter(status=SubscriptionStatus.ACTIVE).count()
    return min(timedelta(seconds=1 + active / FROZEN_A_SECOND), LONGEST_LEAD)


def _take_time() -> None:
    """Nobody waits for this transaction, and it stands still while editions are composed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            milliseconds = int(LEASE.total_seconds() * 1000)
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}")


def _keep_readers(mailing: Mailing) -> None:
    """Nobody is erased until we commit: their mailbox would stay in the ledger."""
    readers = Publication.objects.filter(pk=mailing.issue.publication_id)
    list(readers.select_for_update(no_key=True).values_list("pk"))


def _write_ledger(mailing: Mailing, composer: Composer, batch_size: int) -> bool:
    """Write the editions, batches and deliveries of `mailing`; whether its editions pass."""
    with connection.cursor() as cursor:
        _take_audience(cursor, mailing, composer)
        _assign_editions(cursor, Assigner(mailing, composer))
        _write_moments(cursor, mailing)
        _write_sizes(cursor, batch_size)
        cursor.execute(PLAN_AUDIENCE)
        build_planned(mailing)
        is_sound = check_editions(mailing, composer, _planned())
        for table in ("plan", "batch_sizes", "zone", "interest", "audience"):
            cursor.execute(f"DROP TABLE {table}")
    return is_sound


def _take_audience(cursor: CursorWrapper, mailing: Mailing, composer: Composer) -> None:
    audience = audience_of(
        mailing.issue, composer, rule_of_mailing(mailing), mailing.correction
    ).values(
        "subscriber_id",
        "interest_set_id",
        "language",
        "mail_format",
        "only_on_change",
        "reason",
        "history",
        subscription_id=F("pk"),
        mailbox=F("subscriber__mailbox"),
        time_zone=F("subscriber__time_zone"),
    )
    taken, parameters = audience.query.sql_with_params()
    statement = TAKE_AUDIENCE.format(audience=taken, domain=DOMAIN[connection.vendor])
    cursor.execute(statement, [mailing.is_local, *parameters])


def _assign_editions(cursor: CursorWrapper, assigner: Assigner) -> None:
    """Which edition readers get, or why none, by all that it is chosen by."""
    cursor.execute(
        "CREATE TEMPORARY TABLE interest ("
        f"interest_set_id bigint, language varchar({LONGEST_TAG}), mail_format varchar(4), "
        "history text, only_on_change boolean, edition_id bigint, reason varchar(20))"
    )
    for rows in in_pieces(_rows(AUDIENCE_INTERESTS)):
        assigned = assigner.assign([Interest(*row) for row in rows])
        got = (
            (*interest, *((None, one.value) if isinstance(one, Reason) else (one, "")))
            for interest, one in assigned.items()
        )
        copy_rows(cursor, "interest", list(got))


def _planned() -> Iterator[Planned]:
    """The editions in the plan with the interests of their readers, in pieces."""
    by_edition = groupby(_rows(PLANNED_INTERESTS), key=itemgetter(0))
    planned = (
        (edition, {Interest(*interest): number for _edition, *interest, number in rows})
        for edition, rows in by_edition
    )
    yield from map(dict, in_pieces(planned))


def _rows(statement: str) -> Iterator[tuple[Any, ...]]:
    """What `statement` gives, of which few are in memory at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(PIECE):
            yield from rows


def _write_moments(cursor: CursorWrapper, mailing: Mailing) -> None:
    """When readers are to get it, by their time zone."""
    cursor.execute("SELECT DISTINCT time_zone FROM audience")
    moments = due_moments(mailing, {zone for (zone,) in cursor.fetchall()})
    cursor.execute("CREATE TEMPORARY TABLE zone (name varchar(64), due_at timestamptz)")
    rows = [(n, connection.ops.adapt_datetimefield_value(at)) for n, at in moments.items()]
    cursor.executemany("INSERT INTO zone VALUES (%s, %s)", rows)


def _write_sizes(cursor: CursorWrapper, batch_size: int) -> None:
    """How large batches are, by group: no larger than what the group may be sent at a time."""
    cursor.execute("CREATE TEMPORARY TABLE batch_sizes (group_key bigint, batch_size bigint)")
    sizes = {0: batch_size} | {
        group.pk: group.together(batch_size, today()) for group in DomainGroup.objects.all()
    }
    cursor.executemany("INSERT INTO batch_sizes VALUES (%s, %s)", list(sizes.items()))


def _start(mailing: Mailing) -> bool:
    started = mailings.transition(
        Mailing.objects.filter(pk=mailing.pk),
        MailingTransition.START,
        by=this_worker(),
        lease_until=None,
        frozen_at=Now(),
        **tally_all(mailing),
    )
    return bool(started)
