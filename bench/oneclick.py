"""The button to unsubscribe of mail programs: how many a second, and what it costs a mailing."""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError

from bench.clicking import ORDINARY, Clicking
from bench.processes import cpu_seconds, postmaster, running
from bench.rows import Row
from bench.sending import send
from bench.smtp import free_port, relay

#: Clicks that are measured of each way.
CLICKS = 2_000

#: Everyone takes a second newsletter, which they leave while the first is sent.
SECOND = """
INSERT INTO subscribers_subscription (
    public_id, subscriber_id, publication_id, interest_set_id, status, ended_reason,
    requested_at, confirmed_at, language, mail_format
)
SELECT gen_random_uuid(), subscriber_id, %s, interest_set_id, status, ended_reason,
       requested_at, confirmed_at, language, mail_format
FROM subscribers_subscription
"""


def rows(n: int) -> Iterator[Row]:
    """As gunicorn is started in production, beside a mailing to `n` readers and without one."""
    from bench.audience import fill, make_publication

    fill(make_publication(), n)
    links = iter(_links_of_a_second_newsletter())
    with relay(), gunicorn() as site:
        ordinary = _measured(site, _some(links), ORDINARY)
        short = _measured(site, _some(links), b"")
        alone = send(n)
        with Clicking(site.port, list(links)) as clicking:
            beside = send(n)
    yield Row("one-click: the short way", short.rate, "requests/s", "≥ 800")
    yield Row("one-click: the ordinary way", ordinary.rate, "requests/s")
    yield Row("one-click: CPU, site", short.site_cpu, "ms each")
    yield Row("one-click: CPU, database", short.database_cpu, "ms each")
    yield Row("one-click: CPU, the ordinary way, site", ordinary.site_cpu, "ms each")
    yield Row("one-click: CPU, the ordinary way, database", ordinary.database_cpu, "ms each")
    yield Row("one-click: ordinary against short, CPU", ordinary.cpu / short.cpu, "×", "≥ 4")
    yield Row("one-click beside a mailing", clicking.rate, "requests/s")
    yield Row(f"SMTP, {n:,} recipients, alone", alone.rate, "messages/s")
    yield Row("SMTP: the same beside one-click", beside.rate, "messages/s")
    yield Row("SMTP: share that is kept", 100 * beside.rate / alone.rate, "%", "≥ 70")


@dataclass(frozen=True)
class Site:
    """A gunicorn that answers."""

    port: int
    pid: int


@contextmanager
def gunicorn() -> Iterator[Site]:
    """The site as it is served in production, on a port of its own."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--config=python:config.gunicorn"]
    with running(*command, f"--bind=127.0.0.1:{port}") as (pid, _line):
        _wait_for(port)
        yield Site(port, pid)


@dataclass(frozen=True)
class Clicked:
    """What clicks took. CPU in milliseconds each."""

    rate: float
    site_cpu: float
    database_cpu: float

    @property
    def cpu(self) -> float:
        return self.site_cpu + self.database_cpu


def _measured(site: Site, paths: Sequence[str], extra: bytes) -> Clicked:
    with Clicking(site.port, paths[:100], extra=extra) as warming_up:
        warming_up.until_all_are_used()
    database = postmaster()
    spent = cpu_seconds(site.pid), cpu_seconds(database)
    with Clicking(site.port, paths[100:], extra=extra) as clicking:
        clicking.until_all_are_used()
    each = clicking.answered / 1_000
    return Clicked(
        clicking.rate,
        (cpu_seconds(site.pid) - spent[0]) / each,
        (cpu_seconds(database) - spent[1]) / each,
    )


def _some(links: Iterator[str]) -> list[str]:
    return [next(links) for _ in range(CLICKS)]


def _links_of_a_second_newsletter() -> list[str]:
    """The paths that end the subscriptions of all readers to it."""
    from django.conf import settings
    from django.db import connection

    from subscribers.links import unsubscribe_url
    from subscribers.models import Publication

    first = Publication.objects.get()
    second = Publication.objects.create(
        slug="second",
        name=first.name,
        from_name=first.from_name,
        from_address=first.from_address,
        reply_to=first.reply_to,
        postal_address=first.postal_address,
        list_id="second.news.example.org",
    )
    with connection.cursor() as cursor:
        cursor.execute(SECOND, [second.pk])
        cursor.execute("ANALYZE")
    ids = second.subscriptions.values_list("public_id", flat=True)
    return [unsubscribe_url(one).removeprefix(settings.SITE_URL) for one in ids]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
            return
        except URLError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer.")
