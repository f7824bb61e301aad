"""Workers that are killed, frozen, and replaced."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.faults.crew import CHANCE, MOST, PATIENCE, deaths, noted
from tests.faults.drill import BATCH, CONNECTIONS, Drill

if TYPE_CHECKING:
    from tests.faults.scene import Scene


#: Seconds within which others take up what a dead worker held, wherever it was.
TAKEN_UP = 60.0
#: Seconds that a worker stands still, which is longer than that.
STANDSTILL = 90.0
#: Bytes in the journal of a worker that has sent some of a batch, and not most of it.
HALF_DONE = range(800, 3_000)
#: The lease that a site has: it does not help anybody in a drill that is about less.
FULL_LEASE = {"LEASE_SECONDS": "600"}


def sigkill(scene: Scene) -> None:
    """A worker with mail in hand, over and over; or whatever there is, from the freeze on."""
    wanted = scene.share(50)
    while scene.goes_on(scene.random.uniform(0.2, 1.0)):
        if scene.strikes < 2 * wanted:
            _kill_one(scene)
    scene.expect(scene.strikes >= wanted, f"the mailing was over before kill {wanted}")


def kill_the_freeze(scene: Scene) -> None:
    """Whoever is working out who gets what, at any moment of it, over and over."""
    wanted = max(5, scene.share(10))
    while scene.strikes < wanted and scene.goes_on(0.0):
        time.sleep(scene.random.uniform(0.0, 0.2))
        if pid := scene.frozen_by():
            scene.strike(pid, signal.SIGKILL)
    scene.expect(scene.strikes >= wanted, f"the audience was frozen before kill {wanted}")


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
        _let_it_say(scene)
    scene.expect(scene.strikes >= wanted, f"the mailing was over before freeze {wanted}")


def sigterm(scene: Scene) -> None:
    """Deploys: every worker is asked to end and is followed by another one, from the freeze on."""
    wanted = scene.share(10)
    while scene.strikes < wanted and scene.goes_on(scene.random.uniform(0.5, 2)):
        scene.strikes += 1
        took = scene.crew.replace()
        scene.expect(took < PATIENCE, f"a worker needed {took:.0f} s to end")
    scene.expect(scene.strikes >= wanted, f"the mailing was over before deploy {wanted}")


def die_at_the_claim(scene: Scene) -> None:
    """Workers die right after a claim is committed, before their journal says of which batch."""
    while scene.goes_on(0.5):
        scene.strikes = deaths().stat().st_size if deaths().exists() else 0
        scene.expect(not scene.held_for(TAKEN_UP), f"a batch was left alone for {TAKEN_UP:.0f} s")
    scene.expect(scene.strikes >= 2, "hardly a worker died")


def lose_a_machine(scene: Scene) -> None:
    """A machine with a worker is gone with all that lies on it; nobody can read its journal."""
    scene.until_mail_flows()
    while not set(scene.crew.handing()).intersection(scene.crew.elsewhere()):
        if not scene.goes_on(0.05):
            scene.expect(False, "the mailing was over before the machine was lost")
            return
    lost = scene.crew.lose_the_other_machine()
    scene.strikes += 1
    _expect_taken_up(scene, lost)


def stand_still(scene: Scene) -> None:
    """A worker stands still for a minute and a half, then goes on as if nothing had been."""
    frozen = _freeze_one(scene)
    _wait_out(scene, frozen, time.monotonic() + STANDSTILL)
    _signal_all(frozen, signal.SIGCONT)
    _let_it_say(scene)


def _let_it_say(scene: Scene) -> None:
    """Wait for a worker that goes on to tell what it knows, even if the mailing is over."""
    until = time.monotonic() + TAKEN_UP
    while scene.left_unknown() and time.monotonic() < until:
        scene.goes_on(0.5)
        time.sleep(0.5)


def stand_still_while_a_person_resends(scene: Scene) -> None:
    """The same, while somebody has all that is unknown meanwhile sent once more."""
    frozen = _freeze_one(scene)
    until = time.monotonic() + STANDSTILL
    _wait_out(scene, frozen, until - TAKEN_UP / 2)
    scene.expect(scene.resend() > CONNECTIONS, "hardly anything was unknown")
    _wait_out(scene, frozen, until)
    before = _twice(scene)
    _signal_all(frozen, signal.SIGCONT)
    time.sleep(TAKEN_UP / 4)
    more = _twice(scene) - before
    scene.expect(more <= CONNECTIONS, f"the worker that woke up sent {more} a second time")


def _twice(scene: Scene) -> int:
    return sum(copies - 1 for copies in scene.truth.received().values())


def _freeze_one(scene: Scene) -> list[int]:
    """Stop a worker in the middle of a batch; its processes."""
    scene.until_mail_flows()
    while scene.goes_on(0.05):
        for group in scene.crew.groups():
            _signal_all(group, signal.SIGSTOP)
            if any(noted(pid) in HALF_DONE for pid in group) and scene.in_hand(group):
                scene.strikes += 1
                return group
            _signal_all(group, signal.SIGCONT)
    scene.expect(False, "the mailing was over before a worker stood still")
    return []


def _wait_out(scene: Scene, silent: list[int], until: float) -> None:
    """Let others go on until then, who take up what the `silent` processes held."""
    _expect_taken_up(scene, silent)
    while time.monotonic() < until:
        scene.goes_on(0.5)
        time.sleep(0.5)


def _expect_taken_up(scene: Scene, silent: list[int]) -> None:
    begun = time.monotonic()
    while scene.held_by(silent):
        if time.monotonic() > begun + TAKEN_UP:
            scene.expect(False, f"what they held was not taken up within {TAKEN_UP:.0f} s")
            return
        scene.goes_on(0.5)


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
        "own-choices",
        sigkill,
        goal="the same where hardly two readers chose the same; each gets what they chose",
        lasts=60,
        own_choices=True,
        unknown_per_strike=CONNECTIONS,
    ),
    Drill(
        "sigkill-resend",
        sigkill,
        goal="the same of calls for many messages with one key: nothing stays unknown",
        n=2_000,
        carrier="resend",
        own_choices=True,
        sink={"latency-ms": 500},
        unknown_per_strike=0,
    ),
    Drill(
        "freeze-kill",
        kill_the_freeze,
        goal="nothing lost, repeated or wrong; unknown at most a connection's one a kill",
        pieces=100,
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
        "claim-kill",
        die_at_the_claim,
        goal="nothing lost, repeated or unknown; nothing left alone for 60 s",
        lasts=40,
        environment={**FULL_LEASE, CHANCE: "0.2", MOST: "20"},
        unknown_per_strike=0,
    ),
    Drill(
        "machine-lost",
        lose_a_machine,
        goal="taken up within 60 s; nothing lost or repeated; unknown at most its one batch",
        n=5_000,
        lasts=100,
        environment=FULL_LEASE,
        another_machine=True,
        unknown_per_strike=BATCH,
    ),
    Drill(
        "standstill",
        stand_still,
        goal="taken up within 60 s; nothing lost, repeated or unknown in the end",
        n=5_000,
        lasts=100,
        environment=FULL_LEASE,
        unknown_per_strike=0,
    ),
    Drill(
        "standstill-again",
        stand_still_while_a_person_resends,
        goal="the worker that wakes up sends at most what was on the wire",
        n=5_000,
        lasts=100,
        environment=FULL_LEASE,
        resends=True,
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
