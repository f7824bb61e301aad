"""What an editor waits for where hardly two readers chose the same."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from statistics import median
from typing import TYPE_CHECKING

from bench.processes import peak_megabytes
from bench.rows import Row

if TYPE_CHECKING:
    from django.test import Client

    from newsletter.models import Issue

#: A check is left after so many seconds, and counts as passed then.
LONGEST = 240
MOST_CHOICES = 100_000


def rows(n: int) -> Iterator[Row]:
    """`n` readers of as many different choices, or of :data:`MOST_CHOICES` if they are more."""
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    from bench.choices import issue_on_all_regions, publication_with
    from newsletter.editorial.scheduling import schedule
    from newsletter.errors import WaitForTheCheck

    choices = min(n, MOST_CHOICES)
    issue = issue_on_all_regions(publication_with(n, choices))
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("bench"))
    pages = {
        name: reverse(f"admin:newsletter_issue_{name}", args=[issue.pk])
        for name in ("schedule", "preflight")
    }

    def ask() -> None:
        try:
            schedule(issue, at=None, by=None)
        except WaitForTheCheck:
            return
        raise AssertionError("Nobody has checked it.")

    yield Row(f"scheduling to {n:,} readers, which asks for a check", _seconds(ask), "s", "≤ 0.5")
    yield Row("schedule page while it is checked", _warm(client, pages["schedule"]), "s", "≤ 0.3")
    yield from _check(issue, choices)
    for name, page in pages.items():
        yield Row(f"{name} page of {n:,} readers", _warm(client, page), "s", "≤ 0.3")
    edition = re.findall(r'href="([^"]*/edition/[^"]*)"', client.get(pages["preflight"]).text)[0]
    yield Row("page of one edition", _warm(client, unescape(edition)), "s", "≤ 0.3")
    took = _seconds(lambda: schedule(issue, at=None, by=None))
    yield Row("scheduling, once it is checked", took, "s", "≤ 0.5")


def _check(issue: Issue, choices: int) -> Iterator[Row]:
    from django.utils import timezone

    from newsletter.editorial.checking import checks_by
    from newsletter.ledger.heartbeats import Heart
    from newsletter.models import Preflight

    start, spent = time.monotonic(), time.process_time()
    longest_piece = 0.0
    with checks_by(Heart()) as checks:
        piece = time.monotonic()
        while time.monotonic() - start < LONGEST and checks.go_on():
            longest_piece = max(longest_piece, time.monotonic() - piece)
            piece = time.monotonic()
    took, spent = time.monotonic() - start, time.process_time() - spent
    made = Preflight.objects.get(issue=issue)
    yield Row(f"check of {made.checked:,} of {choices:,} choices", took, "s")
    yield Row("its processor time per 1,000 choices", 1000 * spent / made.checked, "s")
    yield Row("its longest piece", longest_piece, "s")
    yield Row("peak memory of the checking process", peak_megabytes(os.getpid()), "MB", "≤ 250")
    Preflight.objects.filter(pk=made.pk, finished_at=None).update(
        state="passed", finished_at=timezone.now()
    )


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _warm(client: Client, address: str) -> float:
    """The median of five, after one that is not counted."""
    client.get(address)
    return median(_seconds(lambda: client.get(address)) for _ in range(5))
