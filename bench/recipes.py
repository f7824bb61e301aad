"""The freeze where hardly two readers chose the same, so that nearly each has a recipe."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.processes import peak_megabytes
from bench.rows import Row

if TYPE_CHECKING:
    from newsletter.models import Issue, Mailing

#: Seconds and megabytes that a freeze of so many readers of as many choices may take.
GOALS = {100_000: ("≤ 15", "≤ 200"), 1_000_000: ("≤ 150", "≤ 250")}


def rows(n: int) -> Iterator[Row]:
    from bench.choices import issue_on_all_regions, publication_with
    from bench.freeze import BATCH_SIZE
    from newsletter.audience.freezing import freeze_due

    longest, most = GOALS.get(n, ("", ""))
    mailing = scheduled(issue_on_all_regions(publication_with(n, n)))
    start, spent = time.perf_counter(), time.process_time()
    assert freeze_due(BATCH_SIZE) == 1
    took, spent = time.perf_counter() - start, time.process_time() - spent
    editions = mailing.editions.count()
    yield Row(f"freeze of {n:,} readers, {editions:,} recipes", took, "s", longest)
    yield Row("its own processor time per 1,000 recipes", 1000 * spent / editions, "s")
    yield Row("peak memory of that process", peak_megabytes(os.getpid()), "MB", most)
    yield Row("bytes stored per edition", bytes_of_editions() / editions, "B", "≤ 400")


def scheduled(issue: Issue) -> Mailing:
    """A mailing of `issue`, as if its check had passed."""
    from datetime import timedelta

    from django.utils import timezone

    from newsletter.editorial.drafts import draft_of
    from newsletter.editorial.versioning import version_of
    from newsletter.models import Mailing

    now = timezone.now()
    return Mailing.objects.create(
        issue=issue,
        version=version_of(draft_of(issue), by=None),
        scheduled_at=now,
        not_after=now + timedelta(days=1),
    )


def bytes_of_editions() -> int:
    """What editions and the parts that they name take of the disk, with their indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('newsletter_edition')"
            " + pg_total_relation_size('newsletter_part')"
        )
        size: int = cursor.fetchone()[0]
    return size
