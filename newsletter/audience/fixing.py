"""Fixing an audience: who is in it, and what each of them is to be sent by, at one instant.

One statement takes it, so it is what the database held at that instant. It writes the audience
down in the order in which it is mailed: by the moment that is due, by domain group, and those who
chose the same side by side, so that they share editions, pieces of the freeze and calls to ESPs.
Whoever gets nothing comes last.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F

from newsletter.audience.builder import audience_of
from newsletter.audience.local_times import due_moments
from newsletter.audience.segments import rule_of_mailing
from newsletter.editions.compose import Composer
from newsletter.models import Mailing
from subscribers.models import Publication
from subscribers.time_zones import known_time_zones

# These statements run on PostgreSQL and SQLite alike, but for this.
DOMAIN = {
    "postgresql": "split_part(a.mailbox, '@', 2)",
    "sqlite": "substr(a.mailbox, instr(a.mailbox, '@') + 1)",
}
MOMENT = {"postgresql": "%s::timestamptz", "sqlite": "%s"}
# What is read is worked out once, and not once more for the order.
ALL = {"postgresql": "OFFSET 0", "sqlite": "LIMIT -1 OFFSET 0"}

TAKE_AUDIENCE = """
INSERT INTO newsletter_audiencemember (
    mailing_id, ordinal, subscription_id, subscriber_id, mailbox, interest_set_id, language,
    mail_format, only_on_change, history, reason, due_at, group_id
)
SELECT %s, ROW_NUMBER() OVER (
           ORDER BY reason <> '', due_at, COALESCE(group_id, 0), interest_set_id
       ),
       subscription_id, subscriber_id, mailbox, interest_set_id, language,
       mail_format, only_on_change, history, reason, due_at, group_id
FROM (
    SELECT a.*, COALESCE(z.due_at, {moment}) AS due_at, g.group_id
    FROM ({audience}) a
    LEFT JOIN zone z ON z.name = a.time_zone
    LEFT JOIN newsletter_maildomain g ON g.domain = {domain}
    {all}
) m
"""


def keep_readers(mailing: Mailing) -> None:
    """Nobody is erased until we commit: their mailbox would stay in the ledger.

    Nor does anybody else write for a mailing of this publication.
    """
    readers = Publication.objects.filter(pk=mailing.issue.publication_id)
    list(readers.select_for_update(no_key=True).values_list("pk"))


def take_time() -> None:
    """Let this transaction stand still while editions are composed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            milliseconds = int(settings.LEASE_SECONDS * 1000)
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}")


def take_audience(mailing: Mailing, composer: Composer) -> int:
    """Write down who is in the audience of `mailing`; how many they are.

    To be called inside a transaction that keeps readers.
    """
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
    vendor = connection.vendor
    statement = TAKE_AUDIENCE.format(
        audience=taken, moment=MOMENT[vendor], domain=DOMAIN[vendor], all=ALL[vendor]
    )
    with connection.cursor() as cursor:
        default = _write_moments(mailing)
        cursor.execute(statement, [mailing.pk, _stored(default), *parameters])
        size: int = cursor.rowcount
        cursor.execute("DROP TABLE zone")
    return size


def _write_moments(mailing: Mailing) -> datetime:
    """When readers are to get it by their time zone, where that is not when all others do.

    Answers with the moment of those.
    """
    zones = known_time_zones() if mailing.is_local else ()
    moments = due_moments(mailing, {*zones, ""})
    default = moments[""]
    rows = [(name, _stored(at)) for name, at in moments.items() if at != default]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE zone (name varchar(64), due_at timestamptz)")
        cursor.executemany("INSERT INTO zone VALUES (%s, %s)", rows)
    return default


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
