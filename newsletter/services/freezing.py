"""The freeze: who gets which edition, decided for a whole audience at one instant.

The audience is taken by one statement, so it is what the database held at that instant.
Editions are composed for its distinct interests, some hundreds whatever its size, and
batches and deliveries are written by two more statements. All of it is one transaction:
a freeze that dies leaves nothing behind, and another worker starts it again.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext

from newsletter.editions.compose import Composer
from newsletter.models import Mailing, MailingState
from newsletter.models.clock import Now
from newsletter.services.assigning import (
    Interest,
    compose_for,
    composer_of,
    interests_to_editions,
)
from newsletter.services.proving import prove
from subscribers.models import Subscription, SubscriptionStatus

#: A freeze that has not finished by then counts as dead.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)

#: How late a mailing may start without being asked for again.
GRACE = timedelta(hours=2)

# These statements run on PostgreSQL and SQLite alike.

TAKE_AUDIENCE = """
CREATE TEMPORARY TABLE audience AS
SELECT s.id AS subscription_id, s.subscriber_id, p.mailbox, s.region_set_id,
       p.language, p.mail_format,
       CASE
           WHEN s.status = 'pending' THEN 'not_confirmed'
           WHEN s.status = 'ended' THEN 'unsubscribed'
           WHEN EXISTS (
               SELECT 1 FROM subscribers_suppression x WHERE x.mailbox = p.mailbox
           ) THEN 'suppressed'
           WHEN EXISTS (
               SELECT 1
               FROM newsletter_delivery d JOIN newsletter_mailing m ON m.id = d.mailing_id
               WHERE d.subscriber_id = s.subscriber_id AND m.issue_id = %s
                 AND d.state IN ('accepted', 'unknown')
           ) THEN 'already_sent'
           ELSE ''
       END AS reason
FROM subscribers_subscription s JOIN subscribers_subscriber p ON p.id = s.subscriber_id
WHERE s.publication_id = %s
"""

AUDIENCE_INTERESTS = """
SELECT DISTINCT region_set_id, language, mail_format FROM audience WHERE reason = ''
"""

# Interests without an edition here are those for which the issue has nothing.
PLAN_AUDIENCE = """
CREATE TEMPORARY TABLE plan AS
SELECT a.subscription_id, a.subscriber_id, a.mailbox, a.region_set_id, e.id AS edition_id,
       CASE WHEN a.reason = '' AND e.id IS NULL THEN 'nothing_for_him' ELSE a.reason END AS reason,
       (ROW_NUMBER() OVER (PARTITION BY e.id ORDER BY a.subscriber_id) - 1) / %s AS ordinal
FROM audience a
LEFT JOIN (
    SELECT e.id, e.language, e.mail_format, r.regionset_id
    FROM newsletter_edition e JOIN newsletter_edition_region_sets r ON r.edition_id = e.id
    WHERE e.mailing_id = %s
) e ON a.reason = '' AND e.regionset_id = a.region_set_id
   AND e.language = a.language AND e.mail_format = a.mail_format
"""

CUT_BATCHES = """
INSERT INTO newsletter_batch (mailing_id, edition_id, ordinal, state, due_at)
SELECT m.id, b.edition_id, b.ordinal, 'pending', m.scheduled_at
FROM (SELECT DISTINCT edition_id, ordinal FROM plan WHERE edition_id IS NOT NULL) b
CROSS JOIN newsletter_mailing m
WHERE m.id = %s
ORDER BY b.ordinal, b.edition_id
"""

WRITE_DELIVERIES = """
INSERT INTO newsletter_delivery (
    mailing_id, subscriber_id, subscription_id, mailbox, region_set_id, edition_id, batch_id,
    state, reason
)
SELECT %s, p.subscriber_id, p.subscription_id, p.mailbox, p.region_set_id, p.edition_id, b.id,
       CASE WHEN p.reason = '' THEN 'planned' ELSE 'excluded' END, p.reason
FROM plan p
LEFT JOIN newsletter_batch b ON b.edition_id = p.edition_id AND b.ordinal = p.ordinal
ORDER BY b.id
"""


def freeze_due(batch_size: int) -> int:
    """Freeze every mailing whose time has come and is not to be undone; the number frozen.

    `batch_size` is how many deliveries the transport takes in one go. A mailing whose time
    passed while nobody was at work is set aside for a person: readers were not to get it now.
    """
    _set_overdue_aside()
    _hold_due()
    candidates = Mailing.objects.filter(_claimable()).order_by("scheduled_at", "pk")
    return sum(freeze(mailing, batch_size) for mailing in candidates)


def freeze(mailing: Mailing, batch_size: int) -> bool:
    """Freeze `mailing` and start sending it; False if that is not done.

    It is not if it is not time, if another one does so, or if the proof of an edition fails:
    then it stops, for a person to look at.
    """
    claim = Mailing.objects.filter(_claimable(), pk=mailing.pk)
    if not claim.move(MailingState.FREEZING, lease_until=Now() + LEASE):
        return False
    composer = composer_of(mailing)
    # Ahead of the transaction, to keep it short: it finds composed what is composed here.
    compose_for(_expected_interests(mailing), composer)
    with transaction.atomic():
        _write_ledger(mailing, composer, batch_size)
        return prove(mailing) and _start(mailing)


def _claimable() -> Q:
    released = Q(state=MailingState.HELD, release_at__lte=Now())
    return released | Q(state=MailingState.FREEZING, lease_until__lte=Now())


def _set_overdue_aside() -> None:
    Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_at__lte=Now() - GRACE).move(
        MailingState.OVERDUE,
        trouble=gettext("Its time passed and nothing was at work to send it. Start it now?"),
    )


def _hold_due() -> None:
    due = Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_at__lte=Now())
    for mailing in due.select_related("issue__publication"):
        undo = timedelta(seconds=mailing.issue.publication.undo_seconds)
        due.filter(pk=mailing.pk).move(MailingState.HELD, release_at=Now() + undo)


def _expected_interests(mailing: Mailing) -> list[Interest]:
    active = Subscription.objects.filter(
        publication=mailing.issue.publication_id, status=SubscriptionStatus.ACTIVE
    )
    reader = ("region_set", "subscriber__language", "subscriber__mail_format")
    return [Interest(*row) for row in active.order_by().values_list(*reader).distinct()]


def _write_ledger(mailing: Mailing, composer: Composer, batch_size: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_AUDIENCE, [mailing.issue_id, mailing.issue.publication_id])
        cursor.execute(AUDIENCE_INTERESTS)
        interests = [Interest(*row) for row in cursor.fetchall()]
        interests_to_editions(mailing, interests, composer)
        cursor.execute(PLAN_AUDIENCE, [batch_size, mailing.pk])
        cursor.execute(CUT_BATCHES, [mailing.pk])
        cursor.execute(WRITE_DELIVERIES, [mailing.pk])
        cursor.execute("DROP TABLE plan")
        cursor.execute("DROP TABLE audience")


def _start(mailing: Mailing) -> bool:
    started = Mailing.objects.filter(pk=mailing.pk, state=MailingState.FREEZING).move(
        MailingState.SENDING,
        lease_until=None,
        frozen_at=Now(),
        audience_size=mailing.deliveries.count(),
    )
    return bool(started)
