"""How long the freeze of an audience takes, and whether it stays linear."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from bench.processes import peak_megabytes
from bench.rows import Row

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
    smallest, largest = min(seconds), max(seconds)
    each = {total: seconds[total] / total for total in (smallest, largest)}
    if largest > smallest:
        name = f"time a reader at {largest:,} to that at {smallest:,}"
        yield Row(name, each[largest] / each[smallest], "×", "≤ 1.2")
    send_what_is_frozen()
    name = f"freeze of {largest:,} who were sent an earlier issue"
    goal = "≤ 15" if largest == 1_000_000 else ""
    yield Row(name, freeze_once(make_issue(publication).pk), "s", goal)
    yield Row("peak memory of the freezing process", peak_megabytes(os.getpid()), "MB", "≤ 150")


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
    from newsletter.audience.freezing import freeze_due
    from newsletter.editorial.scheduling import schedule
    from newsletter.models import Issue, Mailing

    mailing = schedule(Issue.objects.get(pk=issue_id), at=None, by=None)
    start = time.perf_counter()
    assert freeze_due(BATCH_SIZE) == 1
    took = time.perf_counter() - start
    # Out of the way of the next one.
    Mailing.objects.filter(pk=mailing.pk).update(state="paused")
    return took
