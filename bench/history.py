"""Mailings that went out, to any number of readers: copied by statements from a real freeze."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from bench.audience import make_issue
from newsletter.models import Issue, Mailing

#: One reader in so many was refused, unknown, resent and bounced.
ONE_IN = 2_000

COPY_EDITIONS = """
INSERT INTO newsletter_edition (public_id, mailing_id, language, mail_format, held, recipe)
SELECT gen_random_uuid(), %s, language, mail_format, held, recipe
FROM newsletter_edition WHERE mailing_id = %s ORDER BY id
"""

# Editions were copied in their order.
COPY_DELIVERIES = """
INSERT INTO newsletter_delivery (
    mailing_id, subscriber_id, subscription_id, mailbox, interest_set_id, edition_id, state, reason,
    attempts, resends, settled_at, outcome, outcome_at
)
SELECT %s, d.subscriber_id, d.subscription_id, d.mailbox, d.interest_set_id, new.id,
       CASE WHEN d.state = 'excluded' THEN 'excluded'
            WHEN d.id %% %s = 1 THEN 'rejected'
            WHEN d.id %% %s = 2 THEN 'unknown' ELSE 'accepted' END,
       CASE WHEN d.state = 'excluded' THEN d.reason
            WHEN d.id %% %s = 1 THEN 'refused'
            WHEN d.id %% %s = 2 THEN 'no_answer' ELSE '' END,
       1, CASE WHEN d.id %% %s = 3 THEN 1 ELSE 0 END, now(),
       CASE WHEN d.state <> 'accepted' THEN NULL WHEN d.id %% %s = 4 THEN 4 ELSE 3 END,
       CASE WHEN d.state = 'accepted' THEN now() END
FROM newsletter_delivery d
LEFT JOIN (
    SELECT old.id AS old_id, new.id
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM newsletter_edition
          WHERE mailing_id = %s) old
    JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM newsletter_edition
          WHERE mailing_id = %s) new ON new.n = old.n
) new ON new.old_id = d.edition_id
WHERE d.mailing_id = %s
"""


def send_as(first: Mailing, number: int) -> None:
    """Let `number` more issues have been sent to everyone who is in the ledger of `first`."""
    for _ in range(number):
        _copy(first, make_issue(first.issue.publication))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(first: Mailing, issue: Issue) -> None:
    from newsletter.editorial.drafts import draft_of
    from newsletter.editorial.versioning import version_of

    now = timezone.now()
    mailing = Mailing.objects.create(
        issue=issue,
        version=version_of(draft_of(issue), by=None),
        state="finished",
        scheduled_at=now,
        not_after=now + timedelta(days=1),
        audience_size=first.audience_size,
        frozen_at=now,
        reached_at=now,
        finished_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(COPY_EDITIONS, [mailing.pk, first.pk])
        cursor.execute(COPY_DELIVERIES, [mailing.pk, *[ONE_IN] * 6, first.pk, mailing.pk, first.pk])
    keep_counts(mailing)


def keep_counts(mailing: Mailing) -> None:
    from newsletter.ledger.recounting import recount_readers
    from newsletter.ledger.tallying import add_up, tally

    tally(mailing)
    add_up()
    recount_readers(mailing)
    last = mailing.deliveries.aggregate(last=Max("pk"))["last"]
    Mailing.objects.filter(pk=mailing.pk).update(recount_at=None, last_delivery=last)
