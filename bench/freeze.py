"""How long a freeze takes, whether that stays linear, and when the first mail leaves."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.processes import peak_megabytes
from bench.rows import Row

if TYPE_CHECKING:
    from newsletter.models import Issue, Mailing
    from subscribers.models import Publication

BATCH_SIZE = 100


def rows(n: int) -> Iterator[Row]:
    from bench.audience import fill, make_issue, make_publication

    publication = make_publication()
    seconds: dict[int, float] = {}
    for total in sorted({10_000, 100_000, n} if n >= 100_000 else {n}):
        fill(publication, total)
        seconds[total] = freeze_once(make_issue(publication).pk)
        goal = "≤ 15" if total == 1_000_000 else ""
        yield Row(f"freeze of {total:,}", seconds[total], "s", goal)
        goal = "≤ 6" if total == 1_000_000 else ""
        name = f"sent at once to {total:,}: click to first hand-over"
        yield Row(name, first_hand_over(make_issue(publication)), "s", goal)
    smallest, largest = min(seconds), max(seconds)
    each = {total: seconds[total] / total for total in (smallest, largest)}
    if largest > smallest:
        name = f"time a reader at {largest:,} to that at {smallest:,}"
        yield Row(name, each[largest] / each[smallest], "×", "≤ 1.2")
    send_what_is_frozen()
    name = f"freeze of {largest:,} who were sent an earlier issue"
    goal = "≤ 15" if largest == 1_000_000 else ""
    yield Row(name, freeze_once(make_issue(publication).pk), "s", goal)
    yield from correction_rows(publication)
    yield Row("peak memory of the freezing process", peak_megabytes(os.getpid()), "MB", "≤ 150")


def correction_rows(publication: Publication) -> Iterator[Row]:
    """What was wrong on one region is corrected to the half of the readers who have it."""
    from django.contrib.auth.models import User

    from newsletter.editorial.checking import check_here
    from newsletter.editorial.correcting import Said, correct, send_correction
    from newsletter.editorial.drafts import draft_of_correction
    from newsletter.models import Mailing
    from subscribers.models.texts import Texts

    send_what_is_frozen()
    sent = Mailing.objects.filter(issue__publication=publication).latest("pk")
    section = sent.issue.sections.exclude(regions=None)[0]
    said = Said(section.pk, Texts({"en": "Twelve died."}), Texts({"en": "Nobody died."}))
    correction = correct(sent.version, [said], by=User.objects.create_user("bench"))
    start = time.perf_counter()
    check_here(draft_of_correction(correction))
    mailing = send_correction(correction, at=None, by=None)
    yield Row("scheduling of a correction, with its check", time.perf_counter() - start, "s")
    took = freeze_mailing(mailing)
    mailing.refresh_from_db()
    yield Row(f"freeze of a correction to {mailing.audience_size:,} of them", took, "s")


def send_what_is_frozen() -> None:
    """Let every reader have the email that the last mailing planned for them; by statements."""
    from django.db import connection
    from django.utils import timezone

    from newsletter.models import Batch, Delivery, Mailing

    now, mailing = timezone.now(), Mailing.objects.latest("pk")
    Delivery.objects.filter(mailing=mailing, state="planned").update(
        state="accepted", settled_at=now, attempts=1
    )
    Batch.objects.filter(mailing=mailing).update(state="settled", settled_at=now)
    Mailing.objects.filter(pk=mailing.pk).update(state="finished", finished_at=now, reached_at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def freeze_once(issue_id: int) -> float:
    from bench.audience import schedule
    from newsletter.models import Issue

    return freeze_mailing(schedule(Issue.objects.get(pk=issue_id), at=None))


def first_hand_over(issue: Issue) -> float:
    """Seconds from the click that sends `issue` to the commit that lets its first batch go."""
    from newsletter.audience.freezing import freezes_by
    from newsletter.editorial import scheduling
    from newsletter.editorial.checking import check_here
    from newsletter.editorial.drafts import draft_of
    from newsletter.ledger.heartbeats import Heart
    from newsletter.sending.delivering import claim, commit_intent

    check_here(draft_of(issue))
    heart, start = Heart(), time.perf_counter()
    mailing = scheduling.schedule(issue, at=None, by=None)
    with freezes_by(heart, BATCH_SIZE) as freezes:
        freezes.go_on()
        batch = claim(heart.life(), uuid.uuid4())
        assert batch
        assert commit_intent(batch)
        took = time.perf_counter() - start
        while freezes.go_on():
            pass
    set_aside(mailing)
    return took


def freeze_mailing(mailing: Mailing) -> float:
    from newsletter.audience.freezing import freeze_due

    start = time.perf_counter()
    assert freeze_due(BATCH_SIZE) == 1
    took = time.perf_counter() - start
    set_aside(mailing)
    return took


def set_aside(mailing: Mailing) -> None:
    """Have `mailing` out of the way of the next one."""
    from newsletter.models import Mailing

    Mailing.objects.filter(pk=mailing.pk).update(state="paused")
