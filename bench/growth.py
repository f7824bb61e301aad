"""What a freeze costs over readers, choices and regions: a table, and how even its rows are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from bench.processes import peak_megabytes
from bench.rows import Row

READERS, CHOICES, REGIONS = (10_000, 100_000, 1_000_000), (10, 1_000, 100_000), (6, 100, 1_000)


def rows(n: int) -> Iterator[Row]:
    """Up to `n` readers; no more choices than readers, nor than six regions leave room for."""
    for regions, choices in product(REGIONS, CHOICES):
        each: list[float] = []
        for readers in READERS:
            if choices <= readers <= n and choices < 2**regions:
                seconds, editions = _freeze(readers, choices, regions)
                each.append(seconds / readers)
                name = f"{readers:,} readers, {editions:,} editions, {regions:,} regions"
                yield Row(name, seconds, "s")
                yield Row("  of a reader", 1e6 * each[-1], "µs")
                yield Row("  peak memory", peak_megabytes(os.getpid()), "MB", "≤ 250")
        if len(each) > 1:
            name = f"{choices:,} choices of {regions:,}: a reader at most to at least"
            yield Row(name, max(each) / min(each), "×", "≤ 1.5")


def _freeze(readers: int, choices: int, regions: int) -> tuple[float, int]:
    """The seconds that it takes, and how many editions there are."""
    from bench.choices import issue_on_all_regions, publication_with
    from bench.freeze import BATCH_SIZE
    from bench.recipes import scheduled
    from newsletter.audience.freezing import freeze_due

    _empty()
    mailing = scheduled(issue_on_all_regions(publication_with(readers, choices, regions)))
    # From here on, the most that it has in use is counted anew (proc_pid_clear_refs(5)).
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    assert freeze_due(BATCH_SIZE) == 1
    return time.perf_counter() - start, mailing.editions.count()


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE subscribers_publication, subscribers_subscriber, subscribers_interestset,"
            " newsletter_mailing CASCADE"
        )
