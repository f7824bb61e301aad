"""ESPs: one that takes a thousand recipients a call, and one that takes distinct messages."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Iterator

from bench.naive import naive_rate
from bench.processes import cpu_seconds, running
from bench.rows import Row
from bench.sending import Sent, send, send_frozen

BACKEND = "anymail.backends.mailgun.EmailBackend"
#: Recipients of one call, and calls of the limit yardstick.
CALL, CALLS = 1_000, 60


def rows(n: int) -> Iterator[Row]:
    """An ESP on this machine, which answers at once."""
    with running(*_sink("mailgun", latency=0), ready="") as (_pid, port):
        sent = _send_to(port, n, threads=2)
        naive, limit = naive_rate(BACKEND), limit_rate(int(port))
    yield Row(f"ESP, {n:,} recipients", sent.rate, "recipients/s", "≥ 8000")
    goal = "≤ 150" if n == 1_000_000 else ""
    yield Row(f"ESP, {n:,} recipients, freeze to finished", sent.seconds, "s", goal)
    yield Row("ESP: Anymail’s own backend, a rendering a reader", naive, "recipients/s")
    yield Row("ESP: against that", sent.rate / naive, "×")
    yield Row("ESP: bare HTTP client with a ready-made body", limit, "recipients/s")
    yield Row("ESP: share of the limit", 100 * sent.rate / limit, "%")
    yield from sent.rows("ESP")


def slow_rows(n: int) -> Iterator[Row]:
    """An ESP that takes 300 ms a call."""
    with running(*_sink("mailgun", latency=300), ready="") as (_pid, port):
        sent = _send_to(port, n, threads=3)
    yield Row(f"ESP, 300 ms a call, {n:,} recipients", sent.rate, "recipients/s", "≥ 5000")
    yield from sent.rows("ESP 300 ms")


def choices_rows(n: int) -> Iterator[Row]:
    """An ESP that takes distinct messages, and readers hardly two of whom chose the same."""
    from bench.choices import issue_on_all_regions, publication_with
    from bench.freeze import BATCH_SIZE
    from bench.recipes import scheduled
    from newsletter.audience.freezing import freeze_due

    with running(*_sink("postmark", latency=0), ready="") as (pid, port):
        url = f"http://127.0.0.1:{port}/"
        _call({"POSTMARK_SERVER_TOKEN": "bench", "POSTMARK_API_URL": url})
        mailing = scheduled(issue_on_all_regions(publication_with(n, n)))
        assert freeze_due(BATCH_SIZE) == 1
        sent = send_frozen(mailing)
        sink = cpu_seconds(pid)
    yield Row(f"ESP, {n:,} readers of as many choices", sent.rate, "recipients/s")
    yield Row("ESP, as many choices: CPU of the ESP", 1000 * sink / n, "s / 1,000")
    yield from sent.rows("ESP, as many choices")


def _sink(shape: str, *, latency: int) -> list[str]:
    command = [sys.executable, "-m", "tests.faults.esp_sink", "--port", "0", "--shape", shape]
    return [*command, "--latency-ms", str(latency)]


def _send_to(port: str, n: int, *, threads: int) -> Sent:
    _call(
        {
            "MAILGUN_API_KEY": "bench",
            "MAILGUN_SENDER_DOMAIN": "news.example.org",
            "MAILGUN_API_URL": f"http://127.0.0.1:{port}/v3/",
        }
    )
    return send(n, threads=threads)


def _call(account: dict[str, str]) -> None:
    """Have that account at an ESP: the workers that are started from here on, and ourselves."""
    from django.conf import settings

    os.environ |= {f"ANYMAIL_{name}": value for name, value in account.items()}
    settings.ANYMAIL |= account


def limit_rate(port: int) -> float:
    """Recipients a second that one connection gets rid of, with one body made before."""
    from urllib.parse import urlencode

    from newsletter.editions.recipes import assembled
    from newsletter.models import Edition

    edition = assembled(Edition.objects.latest("pk"))
    variables = ",".join(f'"reader{i}@mail.example.org":{{"v:d":"{i}"}}' for i in range(CALL))
    fields = [("to", f"reader{i}@mail.example.org") for i in range(CALL)]
    fields += [("from", "desk@news.example.org"), ("subject", "Mali"), ("text", edition.text)]
    fields += [("html", edition.html), ("recipient-variables", f"{{{variables}}}")]
    body = urlencode(fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    start = time.perf_counter()
    for _ in range(CALLS):
        connection.request("POST", "/v3/news.example.org/messages", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.reason
    return CALL * CALLS / (time.perf_counter() - start)
