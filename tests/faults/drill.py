"""One drill: a whole mailing while something goes wrong, and what became of every copy."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.processes import running
from bench.site import fresh_site
from tests.faults.crew import BATCH_SIZE, PIECE_SIZE, at_work

if TYPE_CHECKING:
    from tests.faults.reckoning import Tally
    from tests.faults.scene import Scene

#: Seconds that a worker is left alone with what it has taken up: a drill cannot wait minutes.
LEASE = 8
#: How many emails a worker has in hand at most, and how many batches even a few make.
BATCH, BATCHES = 200, 40
#: Connections of each worker to the relay.
CONNECTIONS = 10


@dataclass(frozen=True)
class Drill:
    """What goes wrong, and in what surroundings."""

    name: str
    #: Does it, until the mailing is over or it has done enough.
    inject: Callable[[Scene], None]
    goal: str
    n: int = 20_000
    #: "smtp", or the ESP whose shape the sink has.
    carrier: str = "smtp"
    #: How many seconds sending to 20,000 takes, for the drill to have time: the sink is slow.
    lasts: float = 0.0
    #: Options of the sink.
    sink: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: int = 3
    #: Whether the last of the workers is on a machine of its own.
    another_machine: bool = False
    tickers: int = 1
    #: In how many pieces its audience is frozen.
    pieces: int = 10
    #: How many people send the issue at once.
    clicks: int = 1
    #: Whether every reader has a choice of regions of their own.
    own_choices: bool = False
    #: Whether what is unknown is resent.
    resends: bool = False
    #: Whether the sink is to blame for what is refused or given up.
    refuses: bool = False
    #: How many may stay unknown for each strike; any number, if not given.
    unknown_per_strike: float | None = None


@dataclass
class Row:
    """What a drill came to."""

    fault: str
    n: int
    seed: int
    lost: int
    duplicated: int
    wrong: int
    refused: int
    skipped: int
    unknown_opened: int
    unknown_settled: int
    unknown_left: int
    strikes: int
    seconds: float
    ok: bool
    goal: str
    complaints: list[str]

    def line(self) -> str:
        figures = f"{self.n:>7}{self.lost:>6}{self.duplicated:>6}{self.wrong:>6}"
        figures += f"{self.refused:>8}{self.skipped:>8}"
        figures += f"{self.unknown_opened:>8}{self.unknown_settled:>8}{self.unknown_left:>6}"
        figures += f"{self.strikes:>8}{self.seconds:>8.1f}"
        return f"{self.fault:<16}{figures}  {'ok' if self.ok else 'NOT OK'}"


HEAD = (
    f"{'fault':<16}{'n':>7}{'lost':>6}{'dup':>6}{'wrong':>6}{'refused':>8}{'skipped':>8}"
    f"{'unknown':>8}{'settled':>8}{'left':>6}{'strikes':>8}{'seconds':>8}"
)


def run(drill: Drill, n: int, seed: int) -> Row:
    """Run `drill` on a site of its own, with everything that belongs to it ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        truth = Path(folder, "truth")
        with _sink(drill, n, seed, truth) as port, fresh_site(**_environment(drill, n, port)):
            return _run(drill, n, seed, truth)


def _run(drill: Drill, n: int, seed: int, path: Path) -> Row:
    from tests.faults import choices
    from tests.faults.reckoning import Truth, reckon
    from tests.faults.scene import Scene, Stuck

    truth = Truth(path)
    var = Path(os.environ["VAR_DIR"])
    with (
        ExitStack() as afterwards,
        at_work(
            var,
            workers=drill.workers,
            tickers=drill.tickers,
            another_machine=drill.another_machine,
        ) as crew,
    ):
        scene = Scene(n, seed, crew, truth, afterwards)
        scene.begin(clicks=drill.clicks, resends=drill.resends, own_choices=drill.own_choices)
        try:
            drill.inject(scene)
            while scene.goes_on(0.5):
                pass
        except Stuck as stuck:
            scene.complaints.append(f"stuck: {stuck}")
        crew.dismiss()
        if drill.own_choices:
            unlike = choices.unlike(scene.publication, truth.said_to_each())
            scene.expect(not unlike, f"{unlike} copies are not what their readers are owed")
        row = _row(drill, seed, scene, reckon(scene.mailing, truth, others=scene.others))
        if not row.ok:
            print(crew.complaints(), file=sys.stderr)
    return row


def _row(drill: Drill, seed: int, scene: Scene, tally: Tally) -> Row:
    complaints = [*scene.complaints]
    if tally.lost or tally.wrong or tally.duplicated > tally.resent:
        complaints.append("ledger and truth differ")
    if tally.resent and not drill.resends:
        complaints.append(f"{tally.resent} resent, which nobody wanted")
    if tally.refused and not drill.refuses:
        complaints.append(f"{tally.refused} given up though nothing was refused")
    bound = drill.unknown_per_strike
    if bound is not None and tally.unknown > bound * scene.strikes:
        complaints.append(f"more than {bound:g} unknown a strike")
    opened = max(len(scene.unknown), tally.unknown, tally.resent)
    return Row(
        fault=drill.name,
        n=scene.n,
        seed=seed,
        lost=tally.lost,
        duplicated=tally.duplicated,
        wrong=tally.wrong,
        refused=tally.refused,
        skipped=tally.skipped,
        unknown_opened=opened,
        unknown_settled=opened - tally.unknown,
        unknown_left=tally.unknown,
        strikes=scene.strikes,
        seconds=round(scene.seconds, 1),
        ok=not complaints,
        goal=drill.goal,
        complaints=complaints,
    )


@contextmanager
def _sink(drill: Drill, n: int, seed: int, truth: Path) -> Iterator[int]:
    """The port of what takes the mail."""
    options: dict[str, Any] = {"seed": seed, "truth": truth, **drill.sink}
    if drill.carrier == "smtp":
        module = "tests.faults.smtp_sink"
        # Two answers a message, on all connections at once.
        options["delay-ms"] = (
            drill.lasts * 1000 * max(drill.workers, 1) * CONNECTIONS / (2 * 20_000)
        )
        options["delay-ms"] *= max(1.0, 2_000 / n)
    else:
        module = "tests.faults.esp_sink"
        options["shape"] = drill.carrier
    command = [sys.executable, "-m", module]
    for name, value in options.items():
        text = json.dumps(value) if isinstance(value, dict) else str(value)
        command += [f"--{name}", text]
    with running(*command, ready="") as (_pid, port):
        yield int(port)


def _environment(drill: Drill, n: int, port: int) -> dict[str, str]:
    environment = {
        "MAIL_TRANSPORT": drill.carrier,
        "LEASE_SECONDS": str(LEASE),
        "LOG_LEVEL": "ERROR",
        BATCH_SIZE: str(min(BATCH, max(n // BATCHES, 1))),
        PIECE_SIZE: str(max(n // drill.pieces, 1)),
    }
    if drill.carrier == "smtp":
        environment |= {"SMTP_PORT": str(port), "SMTP_CONNECTIONS": str(CONNECTIONS)}
    else:
        name = f"ANYMAIL_{drill.carrier.upper()}"
        environment |= {
            f"{name}_API_URL": f"http://127.0.0.1:{port}/",
            f"{name}_API_KEY": "only for drills",
            f"{name}_SERVER_TOKEN": "only for drills",
            "ANYMAIL_MAILGUN_SENDER_DOMAIN": "news.example.org",
            "ANYMAIL_REQUESTS_TIMEOUT": "2,2",
        }
    return {**environment, **drill.environment}


def write_rows(rows: list[Row], path: Path) -> None:
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
