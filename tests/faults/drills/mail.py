"""Relays and ESPs that refuse, stall, hang up, and lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.drill import Drill

if TYPE_CHECKING:
    from tests.faults.scene import Scene

#: How likely each fault of the relay is. Those from the recipient on strike one message each.
SMTP_RATES = {
    "greeting-421": 0.02,
    "greeting-554": 0.01,
    "greeting-close": 0.02,
    "greeting-stall": 0.01,
    "mail-close": 0.002,
    "mail-421": 0.002,
    "mail-451": 0.002,
    "rcpt-451": 0.02,
    "rcpt-550": 0.01,
    "rcpt-550-354": 0.002,
    "rcpt-close": 0.003,
    "rcpt-garbage": 0.001,
    "data-421": 0.005,
    "data-451": 0.003,
    "data-554": 0.002,
    "data-stall": 0.0005,
    "body-close": 0.003,
    "end-421": 0.003,
    "end-451": 0.01,
    "end-554": 0.003,
    "end-drop-close": 0.004,
    "end-accept-close": 0.004,
    "end-accept-garbage": 0.001,
    "end-drop-stall": 0.0005,
    "end-accept-stall": 0.001,
}
#: The same of an ESP: by call, and by reader.
ESP_RATES = {
    "400": 0.005,
    "429": 0.04,
    "500": 0.01,
    "500-taken": 0.01,
    "503-page": 0.01,
    "502-page-taken": 0.01,
    "page-taken": 0.005,
    "reset": 0.01,
    "reset-taken": 0.01,
    "half-taken": 0.01,
    "stall": 0.002,
    "stall-taken": 0.004,
    "reversed": 0.02,
    "bad": 0.0005,
    "refused": 0.0005,
    "missing": 0.0005,
}


def misbehave(scene: Scene) -> None:
    """What goes wrong goes wrong in the sink; what would have to be waited for is not."""
    while scene.goes_on(1):
        scene.hasten()


def locked_out(scene: Scene) -> None:
    """The relay suddenly wants us signed in: the mailing waits for a person, who mends it."""
    while scene.goes_on(0.5):
        if why := scene.paused_by_itself():
            scene.expect("authentication" in why, f"paused without saying why: {why!r}")
            scene.strikes += 1
            scene.resume()
        scene.hasten()
    scene.expect(scene.strikes > 0, "the mailing was never paused")


def _esp(name: str, *, n: int, own_choices: bool = False) -> Drill:
    return Drill(
        f"esp-{name}-choices" if own_choices else f"esp-{name}",
        misbehave,
        goal="nothing lost or repeated" + own_choices * "; each gets what they chose",
        n=n,
        carrier=name,
        own_choices=own_choices,
        sink={"rates": ESP_RATES, "stall": 4, "retry-after": 1},
        refuses=True,
    )


DRILLS = (
    Drill(
        "smtp-modes",
        misbehave,
        goal="nothing lost or repeated",
        sink={"rates": SMTP_RATES, "stall": 4},
        environment={"SMTP_TIMEOUT": "3"},
        refuses=True,
    ),
    Drill(
        "smtp-resend-once",
        misbehave,
        goal="nothing lost; repeated at most what was unknown",
        n=5_000,
        sink={"rates": SMTP_RATES, "stall": 4},
        environment={"SMTP_TIMEOUT": "3"},
        resends=True,
        refuses=True,
    ),
    Drill(
        "smtp-lock-out",
        locked_out,
        goal="paused with the reason, and nothing lost or repeated",
        n=2_000,
        sink={"mode": "mail-530", "times": 2},
    ),
    _esp("mailgun", n=20_000),
    _esp("resend", n=2_000),
    _esp("resend", n=1_000, own_choices=True),
    _esp("postmark", n=1_000, own_choices=True),
)
