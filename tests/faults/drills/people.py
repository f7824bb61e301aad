"""People who send twice, pause, go on, cancel, and leave, while mail is on its way."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.faults.drill import Drill

if TYPE_CHECKING:
    from datetime import datetime

    from tests.faults.scene import Scene

#: Copies that a worker may have in hand over SMTP.
IN_HAND = 100


def watch(scene: Scene) -> None:
    """What is done was done at the start."""
    while scene.goes_on(0.5):
        pass


def pause_and_resume(scene: Scene) -> None:
    """Nothing is let out while the mailing is paused."""
    wanted = scene.share(20)
    scene.until_mail_flows()
    while scene.goes_on(scene.random.uniform(0.2, 1.5)):
        if scene.strikes < wanted and scene.pause():
            scene.strikes += 1
            paused = scene.clock()
            scene.goes_on(scene.random.uniform(0.2, 2))
            let_out = scene.handed_between(paused, scene.clock())
            scene.expect(let_out == 0, f"{let_out} batches were let out during a pause")
            scene.resume()
    scene.expect(scene.strikes >= wanted, f"the mailing was over before pause {wanted}")


def cancel(scene: Scene) -> None:
    """Nothing is let out from then on, and what a worker killed just then had is settled."""
    scene.until_mail_flows()
    scene.goes_on(scene.random.uniform(0.5, 2))
    scene.expect(scene.cancel(), "the mailing was over too soon")
    cancelled, received = scene.clock(), len(scene.truth)
    if handing := scene.crew.handing():
        scene.strike(handing[0], signal.SIGKILL)
    while scene.goes_on(0.5):
        pass
    let_out = scene.handed_between(cancelled, scene.clock())
    scene.expect(let_out == 0, f"{let_out} batches were let out after the cancellation")
    late = len(scene.truth) - received
    most = IN_HAND * len(scene.crew.groups())
    scene.expect(late <= most, f"{late} mails after the cancellation")


def leave(scene: Scene) -> None:
    """Readers who left before their batch was let out get nothing."""
    left: dict[str, datetime] = {}
    wanted = min(500, scene.n // 4)
    scene.until_mail_flows()
    while len(left) < wanted and scene.goes_on(0):
        for _time in range(5):
            if mailbox := scene.withdraw_one():
                left[mailbox] = scene.clock()
    while scene.goes_on(0.5):
        pass
    scene.strikes = len(left)
    received = scene.truth.received()
    handed = {mailbox: scene.handed_at(mailbox) for mailbox in left}
    too_late = [m for m, at in left.items() if received[m] and (handed[m] or at) > at]
    scene.expect(not too_late, f"{len(too_late)} were mailed after they had left")
    in_time = sum(not received[mailbox] for mailbox in left)
    scene.expect(in_time >= wanted // 4, f"only {in_time} left in time")


DRILLS = (
    Drill(
        "two-of-each",
        watch,
        goal="one mailing, nothing lost, repeated or unknown",
        tickers=2,
        clicks=4,
        unknown_per_strike=0,
    ),
    Drill(
        "pause",
        pause_and_resume,
        goal="nothing let out while paused; nothing lost, repeated or unknown",
        lasts=20,
        unknown_per_strike=0,
    ),
    Drill(
        "cancel",
        cancel,
        goal="nothing let out afterwards; every delivery settled",
        lasts=30,
        unknown_per_strike=10,
    ),
    Drill(
        "leave",
        leave,
        goal="no mail to those who left before their batch was let out",
        lasts=30,
        unknown_per_strike=0,
    ),
)
