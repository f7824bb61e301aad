"""A whole mailing, from its due moment to its end, through real workers to a sink."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bench.processes import cpu_seconds, peak_megabytes, postmaster, workers
from bench.rows import Row

if TYPE_CHECKING:
    pass

#: Seconds after which a mailing that is not done is given up.
PATIENCE = 1_800.0


@dataclass(frozen=True)
class Sent:
    """What one mailing took."""

    messages: int
    #: From the end of its first piece's freeze, or the due moment if that is later, to its end.
    seconds: float
    #: From the due moment to the first batch on the wire.
    first_after: float
    worker_cpu: float
    database_cpu: float
    peak: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds

    def rows(self, name: str) -> Iterator[Row]:
        """The figures that stand beside a rate."""
        thousands = self.messages / 1_000
        yield Row(f"{name}: CPU of workers", self.worker_cpu / thousands, "s / 1,000")
        yield Row(f"{name}: CPU of the database", self.database_cpu / thousands, "s / 1,000")
        yield Row(f"{name}: peak memory of a worker", self.peak, "MB", "≤ 150")


def send(n: int, *, threads: int = 2, processes: int = 2, ahead: float | None = None) -> Sent:
    """Mail a fresh issue to `n` readers with so many workers of so many threads each.

    At once, or scheduled `ahead` seconds before it is due.
    """
    from django.utils import timezone

    from bench.audience import fill, make_issue, make_publication, schedule
    from newsletter.models import HistoryEntry
    from newsletter.tasks import keep_ringing
    from subscribers.models import Publication

    publication = Publication.objects.first() or make_publication()
    fill(publication, n)
    issue = make_issue(publication)
    stop = threading.Event()
    ticker = threading.Thread(target=keep_ringing, args=(stop,))
    with workers(processes, threads) as pids:
        ticker.start()
        database = postmaster()
        spent = sum(map(cpu_seconds, pids)), cpu_seconds(database)
        at = None if ahead is None else timezone.now() + timedelta(seconds=ahead)
        mailing = schedule(issue, at=at)
        try:
            first_after = wait_for_the_first(mailing)
            wait_for_the_end(mailing)
        finally:
            stop.set()
            ticker.join()
        assert mailing.finished_at
        started = HistoryEntry.objects.get(mailing=mailing, transition="start").at
        begun = max(started, mailing.scheduled_at)
        return Sent(
            messages=mailing.deliveries.filter(state="accepted").count(),
            seconds=(mailing.finished_at - begun).total_seconds(),
            first_after=first_after,
            worker_cpu=sum(map(cpu_seconds, pids)) - spent[0],
            database_cpu=cpu_seconds(database) - spent[1],
            peak=max(map(peak_megabytes, pids)),
        )


def send_frozen(mailing, *, threads: int = 2, processes: int = 2) -> Sent:  # type: ignore[no-untyped-def]
    """Send `mailing`, which is frozen, from the first batch on the wire to its end."""
    from newsletter.tasks import keep_ringing

    stop = threading.Event()
    ticker = threading.Thread(target=keep_ringing, args=(stop,))
    with workers(processes, threads) as pids:
        database = postmaster()
        spent = sum(map(cpu_seconds, pids)), cpu_seconds(database)
        ticker.start()
        try:
            wait_for_the_end(mailing)
        finally:
            stop.set()
            ticker.join()
        first = mailing.batches.earliest("handed_at").handed_at
        return Sent(
            messages=mailing.deliveries.filter(state="accepted").count(),
            seconds=(mailing.finished_at - first).total_seconds(),
            first_after=0.0,
            worker_cpu=sum(map(cpu_seconds, pids)) - spent[0],
            database_cpu=cpu_seconds(database) - spent[1],
            peak=max(map(peak_megabytes, pids)),
        )


def wait_for_the_first(mailing) -> float:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + PATIENCE
    while not mailing.batches.exclude(handed_at=None).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    first = mailing.batches.exclude(handed_at=None).order_by("handed_at").first()
    return float((first.handed_at - mailing.scheduled_at).total_seconds())


def wait_for_the_end(mailing) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + PATIENCE
    while mailing.state != "finished":
        assert time.monotonic() < deadline, mailing.trouble
        assert mailing.state not in ("paused", "cancelled"), mailing.trouble
        time.sleep(0.2)
        mailing.refresh_from_db()
