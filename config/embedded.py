"""`python -m config.embedded`: the whole service in one process, for one machine.

It serves the site, runs one Celery worker and rings for it. Ctrl-C or SIGTERM ends it, after
the mail in hand is finished.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

import celery.worker.state
import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError

from config.celery import app
from config.listening import claim_port, describe_site, wanted_address
from config.waitress import web_server

#: Seconds that a thread gets to finish what it has in hand.
PATIENCE = 10.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    host, wanted = wanted_address()
    listener = claim_port(host, wanted)
    port = listener.getsockname()[1]
    if wanted not in (0, port):
        print(f"Port {wanted} is taken: using {port}.", flush=True)
    describe_site(host, port)
    try:
        _serve(listener)
    except (ImproperlyConfigured, OperationalError) as trouble:
        sys.exit(f"This cannot start: {trouble}")


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind: everything that was started is stopped on the way out."""
    sys.exit(0)


def _serve(listener: socket.socket) -> None:
    """Prepare what is missing, then answer, work and ring until told to leave."""
    django.setup()
    # These need the models, which exist from here on.
    from config.first_run import bring_up_to_date, staff_login
    from newsletter.tasks import keep_ringing

    bring_up_to_date()
    login = staff_login()
    server = web_server(get_wsgi_application(), listener)
    rung_enough = threading.Event()
    with (
        _thread(_work, stop=_stop_working),
        _thread(partial(keep_ringing, rung_enough), stop=rung_enough.set),
    ):
        _greet(login)
        server.run()
        print("Stopping …", flush=True)


@contextmanager
def _thread(run: Callable[[], None], *, stop: Callable[[], None]) -> Iterator[None]:
    """A thread that runs inside the block; at its end it is told to stop and waited for."""
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(PATIENCE)


def _work() -> None:
    # Every bell would be a line here, in the window of the person who started the site.
    logging.getLogger("celery").setLevel(logging.WARNING)
    # Not app.Worker: that one prints a banner and takes over logging and signals.
    app.WorkController(pool="solo", without_mingle=True, without_gossip=True).start()


def _stop_working() -> None:
    celery.worker.state.should_stop = os.EX_OK  # type: ignore[assignment]


def _greet(login: str) -> None:
    lines = [
        f"The site         {settings.SITE_URL}/",
        f"Write and send   {settings.SITE_URL}/admin/   {login}",
    ]
    if settings.MAIL_TRANSPORT == "outbox":
        lines.append(f"The mail so far  {settings.SITE_URL}/outbox/   nothing leaves this machine")
    print(*lines, "Ctrl-C stops it.", sep="\n", flush=True)


if __name__ == "__main__":
    main()
