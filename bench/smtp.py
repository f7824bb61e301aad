"""SMTP, one message a recipient: ours, Django's own way, and what the sink can take at most."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bench.naive import naive_rate
from bench.processes import running
from bench.rows import Row
from bench.sending import Sent, send, send_frozen

BACKEND = "django.core.mail.backends.smtp.EmailBackend"
#: Messages of a yardstick.
LIMIT = 10_000
#: Seconds from the click to the due moment, where it is about how punctual the first mail is.
AHEAD = 10.0


def rows(n: int) -> Iterator[Row]:
    """A relay on this machine, which answers at once."""
    with relay() as port:
        # From the first mailing on it is known how fast the relay is, and how large batches may be.
        send(min(n, 1_000))
        sent = send(n)
        naive, size = naive_rate(BACKEND), message_size()
        dialling = source_rate(port, size)
        limit = max(source_rate(port, size, "-d") for _try in range(3))
        punctual = send(n, ahead=AHEAD)
    yield Row(f"SMTP, {n:,} recipients", sent.rate, "messages/s", "≥ 2000")
    yield Row("SMTP: Django’s own backend, a rendering a reader", naive, "messages/s")
    yield Row("SMTP: against Django’s own", sent.rate / naive, "×", "≥ 15")
    yield Row("SMTP: smtp-source, a connection a message", dialling, "messages/s")
    yield Row("SMTP: smtp-source -d, 20 kept connections: the limit", limit, "messages/s")
    yield Row("SMTP: share of the limit", 100 * sent.rate / limit, "%", "≥ 60")
    yield Row("SMTP: a message", size / 1000, "kB")
    yield Row("SMTP: due moment to first hand-over", punctual.first_after, "s", "≤ 2")
    yield Row("SMTP: the same, sent at once", sent.first_after, "s", "≤ 2")
    yield from sent.rows("SMTP")


@contextmanager
def relay() -> Iterator[int]:
    """The port of a relay that answers at once, for the workers that are started within it."""
    port = free_port()
    with running(*_sink(), f"127.0.0.1:{port}", "1000"):
        _wait_for(port)
        _point_at(port)
        yield port


def _sink() -> list[str]:
    """Postfix's own sink, which counts and forgets. It refuses to run as root."""
    program = shutil.which("smtp-sink")
    if not program:
        raise SystemExit("This needs smtp-sink and smtp-source: install Debian’s postfix.")
    return [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), "-c"]


def free_port() -> int:
    """One that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise SystemExit("The sink does not listen.")


def remote_rows(n: int) -> Iterator[Row]:
    """A relay 40 ms away: the sink delays each reply."""
    sink = [sys.executable, "-m", "tests.faults.smtp_sink", "--port", "0", "--delay-ms", "40"]
    with running(*sink, ready="") as (_pid, port):
        _point_at(int(port))
        sent = send(n, threads=4)
    yield Row(f"SMTP, relay 40 ms away, {n:,} recipients", sent.rate, "messages/s", "≥ 400")
    yield from sent.rows("SMTP 40 ms")


def recipe_rows(n: int) -> Iterator[Row]:
    """A choice of their own for every reader, and 63 choices for the same readers."""
    from bench.choices import choose_of, issue_on_all_regions, publication_with
    from bench.recipes import scheduled
    from newsletter.audience.freezing import freeze_due
    from newsletter.sending.sizing import batch_size
    from newsletter.transports import configured

    publication = publication_with(n, n)

    def sent() -> Sent:
        mailing = scheduled(issue_on_all_regions(publication))
        # What a freeze takes is another benchmark: it is over before a worker starts.
        with closing(configured()) as transports:
            freeze_due(lambda channel: batch_size(transports.of(channel), channel))
        mailing.refresh_from_db()
        return send_frozen(mailing)

    with relay():
        # From the first mailing on it is known how fast the relay is.
        sent()
        own = sent()
        choose_of(publication, 63)
        few = sent()
    yield Row(f"SMTP, {n:,} readers, a choice of their own each", own.rate, "messages/s")
    yield Row("SMTP: the same readers, 63 choices", few.rate, "messages/s")
    yield Row("SMTP: the one against the other", 100 * own.rate / few.rate, "%", "≥ 70")
    yield from own.rows("SMTP, own choices")
    yield from few.rows("SMTP, 63 choices")


def source_rate(port: int, size: int, *options: str) -> float:
    """What `smtp-source` hands over a second: ready-made bytes, 20 connections at a time.

    It opens one for each message, unless `options` say otherwise.
    """
    command = ["smtp-source", *options, "-s", "20", "-m", str(LIMIT), "-l", str(size), "-N"]
    start = time.perf_counter()
    subprocess.run(
        [*command, "-f", "desk@news.example.org", "-t", "reader@mail.example.org",
         f"127.0.0.1:{port}"],
        check=True,
    )  # fmt: skip
    return LIMIT / (time.perf_counter() - start)


def message_size() -> int:
    """Bytes of a typical message: the median edition's two parts, encoded."""
    from newsletter.editions.recipes import assembled_each
    from newsletter.models import Edition

    sizes = sorted(
        len(edition.html.encode()) + len(edition.text.encode())
        for edition in assembled_each(Edition.objects.all()).values()
    )
    return int(sizes[len(sizes) // 2] * 1.05)


def _point_at(port: int) -> None:
    """Let the workers that are started from here on, and ourselves, send there."""
    from django.conf import settings

    os.environ["SMTP_PORT"] = str(port)
    settings.EMAIL_PORT = port
