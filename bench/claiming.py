"""How long the claim of a batch takes while a ledger of a million is worked off."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from bench.rows import Row

BATCH_SIZE = 100


def rows(n: int) -> Iterator[Row]:
    from bench.audience import fill, make_issue, make_publication, schedule
    from newsletter.audience.freezing import freeze_due
    from newsletter.ledger.heartbeats import Heart
    from newsletter.models import Batch
    from newsletter.sending.delivering import claim

    publication = make_publication()
    fill(publication, n)
    schedule(make_issue(publication), at=None)
    freeze_due(BATCH_SIZE)
    took, heart = [], Heart()
    while True:
        start = time.perf_counter()
        batch = claim(heart.life(), uuid.uuid4())
        took.append((time.perf_counter() - start) * 1_000)
        if batch is None:
            break
        Batch.objects.filter(pk=batch.pk).update(state="settled")
    tenth = len(took) // 10
    for name, part in (("first", took[:tenth]), ("last", took[-tenth - 1 : -1])):
        p95 = sorted(part)[int(len(part) * 0.95)]
        yield Row(f"claim at {n:,} deliveries, {name} tenth, p95", p95, "ms", "≤ 20")
