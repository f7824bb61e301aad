"""Redis and PostgreSQL that are killed, frozen, emptied, or not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import redis as redis_client

from bench.processes import postmaster
from tests import programs
from tests.faults.crew import ROOT
from tests.faults.daemons import Daemon
from tests.faults.drill import Drill

if TYPE_CHECKING:
    from tests.faults.scene import Scene

#: Seconds that Redis is frozen for.
FROZEN = 20.0
#: Seconds within which somebody who signs up has their answer.
SIGN_UP = 2.0


def redis_kill(scene: Scene) -> None:
    """Redis dies, from before the first bell on, and comes back empty."""
    redis, wanted = scene.keep(_redis_daemon()), scene.share(3)
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(0.5, 2)):
        redis.kill()
        scene.strikes += 1
        scene.goes_on(scene.random.uniform(1, 3))
        redis.start()
        scene.goes_on(2)
    scene.expect(scene.strikes >= wanted, "the mailing was over too soon")


def redis_flush(scene: Scene) -> None:
    """All that Redis holds is gone, again and again."""
    redis, wanted = _redis(), scene.share(10)
    scene.until_mail_flows()
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(0.5, 2)):
        redis.flushall()
        scene.strikes += 1
    scene.expect(scene.strikes >= wanted, "the mailing was over too soon")


def redis_freeze(scene: Scene) -> None:
    """Redis takes connections and says nothing, while people sign up."""
    pid = _redis().info()["process_id"]
    scene.until_mail_flows()
    scene.strike(pid, signal.SIGSTOP)
    waits: list[float] = []
    try:
        until = time.monotonic() + FROZEN
        while time.monotonic() < until:
            waits.append(_sign_up(scene, len(waits)))
    finally:
        os.kill(pid, signal.SIGCONT)
    longest = max(waits)
    scene.expect(longest <= SIGN_UP, f"a sign-up took {longest:.2f} s")
    print(f"{len(waits)} sign-ups while Redis stood still, at most {longest:.2f} s each")


def _sign_up(scene: Scene, number: int) -> float:
    from subscribers.bell import ring
    from subscribers.services import subscribing
    from subscribers.services.consenting import Shown
    from subscribers.tasks import send_notices

    start = time.perf_counter()
    address = f"signup{number}@mail.example.org"
    subscribing.request(
        publication=scene.publication,
        address=address,
        regions=list(scene.publication.regions.all()[:1]),
        language="en",
        mail_format="html",
        # Each from a network of its own: so many from one are not taken.
        shown=Shown("Sign up", "en", "subscribe", f"10.{number // 256}.{number % 256}.0/24"),
        # And their work is done: they are more than the brake lets pass without.
        proven=True,
    )
    scene.others.add(address)
    ring(send_notices)
    return time.perf_counter() - start


def redis_absent(scene: Scene) -> None:
    """There is no broker and no worker: `manage.py drain` does all of it, and is killed too."""
    with _draining() as drains:
        while scene.goes_on(scene.random.uniform(0.5, 1.5)):
            for number, drain in enumerate(drains):
                if drain.poll() is not None:
                    drains[number] = _drain()
            if scene.strikes < scene.share(5):
                scene.strike(scene.random.choice(drains).pid, signal.SIGKILL)


@contextmanager
def _draining() -> Iterator[list[subprocess.Popen[bytes]]]:
    drains = [_drain(), _drain()]
    try:
        yield drains
    finally:
        for drain in drains:
            drain.kill()
            drain.wait()


def _drain() -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", "drain"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)


def postgres_kill(scene: Scene) -> None:
    """PostgreSQL dies with everyone connected to it, from the freeze on, and recovers."""
    postgres, wanted = scene.keep(Daemon.found_at(postmaster())), scene.share(3)
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(1, 4)):
        postgres.kill()
        scene.strikes += 1
        scene.goes_on(scene.random.uniform(0.2, 2))
        postgres.start()
        scene.goes_on(2)
    scene.expect(scene.strikes >= wanted, "the mailing was over too soon")


def _redis_daemon() -> Daemon:
    # It writes its title over the arguments and the environment that it was started with.
    server, program = _redis().info(), programs.redis_server()
    options = ["--bind", "127.0.0.1", "--port", str(server["tcp_port"])]
    return Daemon(
        pid=server["process_id"],
        command=[str(program), *options, "--save", "", "--appendonly", "no"],
        folder=Path(os.environ["VAR_DIR"]),
        owner=os.geteuid(),
        environment={"LD_LIBRARY_PATH": programs.unpacked_libraries()},
    )


def _redis() -> redis_client.Redis:
    return redis_client.Redis.from_url(os.environ["REDIS_URL"])


DRILLS = (
    Drill(
        "redis-kill",
        redis_kill,
        goal="nothing lost, repeated or unknown",
        lasts=30,
        unknown_per_strike=0,
    ),
    Drill(
        "redis-freeze",
        redis_freeze,
        goal="the same; sign-ups answered within 2 s",
        lasts=30,
        unknown_per_strike=0,
    ),
    Drill(
        "redis-flush",
        redis_flush,
        goal="nothing lost, repeated or unknown",
        lasts=30,
        unknown_per_strike=0,
    ),
    Drill(
        "redis-absent",
        redis_absent,
        goal="nothing lost or repeated",
        lasts=30,
        workers=0,
        tickers=0,
        environment={"REDIS_URL": ""},
        unknown_per_strike=10,
    ),
    Drill(
        "postgres-kill",
        postgres_kill,
        goal="nothing lost or repeated",
        lasts=30,
        unknown_per_strike=0,
    ),
)
