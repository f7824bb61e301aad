"""End subscriptions by the button of a mail program: many at once, in two statements.

A large mailing is followed by thousands of these within minutes, while it is still being sent.
What is written is what :func:`subscribers.services.unsubscribing.end` writes for each.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from subscribers.languages import spoken_to
from subscribers.models import SubscriptionStatus
from subscribers.services.changing import MEMORY, wait_after

#: What the reader had before them: RFC 8058 has no page, and these words.
WORDING, PAGE = "List-Unsubscribe=One-Click", "/unsubscribe/ (one-click)"

# Whom another transaction holds is left out: nobody here waits for anybody else. The freeze of a
# mailing refers to all its readers, and holds nobody up who takes this lock.
_LOCK = """
SELECT s.public_id, s.id, s.status, s.language, r.address, md5(p::text),
    EXISTS (SELECT FROM subscribers_suppression x WHERE x.mailbox = r.mailbox)
        OR EXISTS (SELECT FROM subscribers_suppression x WHERE x.mailbox_key = r.mailbox_key),
    (
        SELECT count(*) FROM subscribers_notice n
        JOIN subscribers_subscription other ON other.id = n.subscription_id
        WHERE other.subscriber_id = r.id AND n.kind = 'changed' AND n.created_at > %(since)s
    )
FROM subscribers_subscription s
JOIN subscribers_subscriber r ON r.id = s.subscriber_id
JOIN subscribers_publication p ON p.id = s.publication_id
WHERE s.public_id = ANY(%(ids)s::uuid[])
FOR NO KEY UPDATE OF r, s SKIP LOCKED
"""

_END = """
WITH leaving AS (
    SELECT s.*, r.time_zone, c.network, c.spoken, c.due_at
    FROM unnest(%(ids)s::bigint[], %(networks)s::text[], %(spoken)s::text[],
                %(due)s::timestamptz[]) AS c(id, network, spoken, due_at)
    JOIN subscribers_subscription s ON s.id = c.id
    JOIN subscribers_subscriber r ON r.id = s.subscriber_id
), waiting AS (
    SELECT subscription_id FROM subscribers_notice
    WHERE subscription_id = ANY(%(ids)s::bigint[]) AND kind = 'changed' AND state = 'owed'
        AND attempts = 0 AND due_at > %(now)s
    FOR UPDATE
), changed AS (
    INSERT INTO subscribers_change (
        public_id, subscription_id, made_at, was_active, ended_reason, interest_set_id, language,
        mail_format, time_zone, only_on_change, paused_until
    )
    SELECT gen_random_uuid(), id, %(now)s, TRUE, '', interest_set_id, language,
        mail_format, time_zone, only_on_change, paused_until
    FROM leaving
    WHERE status = 'active' AND id NOT IN (SELECT subscription_id FROM waiting)
    RETURNING id, subscription_id
), told AS (
    INSERT INTO subscribers_notice (
        subscription_id, kind, change_id, state, created_at, due_at, attempts, reason, trouble
    )
    SELECT l.id, 'changed', c.id, 'owed', %(now)s, l.due_at, 0, '', ''
    FROM changed c JOIN leaving l ON l.id = c.subscription_id
), withdrawn AS (
    DELETE FROM subscribers_signuprequest
    WHERE subscription_id = ANY(%(ids)s::bigint[]) AND used_at IS NULL
    RETURNING id
), unasked AS (
    DELETE FROM subscribers_notice WHERE request_id IN (SELECT id FROM withdrawn)
), proved AS (
    INSERT INTO subscribers_consentevent (
        subscription_id, kind, at, source, wording, language, page, interests, reason, network
    )
    SELECT id, 'ended', %(now)s, 'page', %(wording)s, spoken, %(page)s, COALESCE((
        SELECT jsonb_object_agg(g.code, chosen.level) FROM subscribers_chosenregion chosen
        JOIN subscribers_region g ON g.id = chosen.region_id
        WHERE chosen.interest_set_id = leaving.interest_set_id
    ), '{}'), 'unsubscribed', network
    FROM leaving
)
UPDATE subscribers_subscription
SET status = 'ended', ended_reason = 'unsubscribed', ended_at = %(now)s
WHERE id = ANY(%(ids)s::bigint[])
"""


#: Of other statements, none is run so often that psycopg prepares it by itself.
_WHEN_ASKED = sys.maxsize


@dataclass(frozen=True)
class Click:
    """A mail program's request to end the subscription `public_id`, from a network as cut."""

    public_id: UUID
    network: str


@dataclass(frozen=True)
class Left:
    """Whose subscription has ended, and what the page that says so depends on."""

    address: str
    language: str
    #: A digest of the publication as it stands.
    publication: str
    is_suppressed: bool


class _Standing(NamedTuple):
    public_id: UUID
    pk: int
    status: str
    language: str
    address: str
    publication: str
    is_suppressed: bool
    #: Notices of changes that were made lately.
    lately: int


def leave(clicks: Sequence[Click]) -> list[Left | None]:
    """End the subscriptions that `clicks` are for; None for those that are not to be had now.

    There is none, or another transaction is at work on it. PostgreSQL only.
    """
    now = timezone.now()
    with transaction.atomic():
        standing = _lock(clicks, now)
        going_on = [
            (standing[click.public_id], click.network)
            for click in {click.public_id: click for click in clicks}.values()
            if click.public_id in standing
            and standing[click.public_id].status != SubscriptionStatus.ENDED
        ]
        if going_on:
            _execute(_END, _facts(going_on, now))
    return [_left(standing.get(click.public_id)) for click in clicks]


def _lock(clicks: Sequence[Click], now: datetime) -> dict[UUID, _Standing]:
    ids = [click.public_id for click in clicks]
    rows = _execute(_LOCK, {"ids": ids, "since": now - MEMORY}).fetchall()
    return {row[0]: _Standing(*row) for row in rows}


def _execute(statement: LiteralString, facts: Mapping[str, Any]) -> psycopg.Cursor:
    """Run `statement`, which the session has planned before: that takes longer than it does."""
    connection.ensure_connection()
    session = connection.connection
    session.prepare_threshold = _WHEN_ASKED
    with connection.wrap_database_errors:
        return psycopg.Cursor(session).execute(statement, facts, prepare=True)


def _facts(going_on: Sequence[tuple[_Standing, str]], now: datetime) -> dict[str, Any]:
    return {
        "ids": [one.pk for one, _network in going_on],
        "networks": [network for _one, network in going_on],
        "spoken": [spoken_to(one.language) for one, _network in going_on],
        "due": [now + wait_after(one.lately) for one, _network in going_on],
        "now": now,
        "wording": WORDING,
        "page": PAGE,
    }


def _left(one: _Standing | None) -> Left | None:
    if one is None:
        return None
    return Left(one.address, one.language, one.publication, one.is_suppressed)
