"""Workers that are killed, frozen, and replaced."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.faults.crew import PATIENCE
from tests.faults.drill import CONNECTIONS, Drill

if TYPE_CHECKING:
    from tests.faults.scene import Scene


def sigkill(scene: Scene) -> None:
    """A worker with mail in hand, over and over; or whatever there is, from the freeze on."""
    wanted = scene.share(50)
    while scene.goes_on(scene.random.uniform(0.2, 1.0)):
        if scene.strikes < 2 * wanted:
            _kill_one(scene)
    scene.expect(scene.strikes >= wanted, f"the mailing was over before kill {wanted}")


def _kill_one(scene: Scene) -> None:
    """Counted only where there was mail in hand."""
    members, handing = scene.crew.members(), scene.crew.handing()
    if handing:
        scene.strike(scene.random.choice(handing), signal.SIGKILL)
    # Seldom, or none would ever come so far.
    elif members and scene.random.random() < 0.2:
        _signal_all([scene.random.choice(members)], signal.SIGKILL)


def sigstop(scene: Scene) -> None:
    """A worker stands still for longer than its lease, and goes on as if nothing had been."""
    wanted = scene.share(5)
    scene.until_mail_flows()
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(0.5, 2)):
        handing = set(scene.crew.handing())
        frozen = [group for group in scene.crew.groups() if handing.intersection(group)]
        if not frozen:
            continue
        scene.strikes += 1
        _signal_all(frozen[0], signal.SIGSTOP)
        scene.goes_on(scene.lease + 2)
        _signal_all(frozen[0], signal.SIGCONT)
    scene.expect(scene.strikes >= wanted, f"the mailing was over before freeze {wanted}")


def sigterm(scene: Scene) -> None:
    """Deploys: every worker is asked to end and is followed by another one, from the freeze on."""
    wanted = scene.share(10)
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(0.5, 2)):
        scene.strikes += 1
        took = scene.crew.replace()
        scene.expect(took < PATIENCE, f"a worker needed {took:.0f} s to end")
    scene.expect(scene.strikes >= wanted, f"the mailing was over before deploy {wanted}")


def _signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


DRILLS = (
    Drill(
        "sigkill",
        sigkill,
        goal="nothing lost or repeated; unknown at most a connection's one a kill",
        lasts=60,
        unknown_per_strike=CONNECTIONS,
    ),
    Drill(
        "sigstop",
        sigstop,
        goal="nothing lost or repeated; nothing unknown, for the frozen worker knows",
        lasts=100,
        unknown_per_strike=0,
    ),
    Drill(
        "sigterm",
        sigterm,
        goal="nothing lost, repeated or unknown; ended within 45 s",
        lasts=60,
        unknown_per_strike=0,
    ),
)
