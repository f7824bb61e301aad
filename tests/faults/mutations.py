"""Whether the drills can fail: what keeps mail exact is taken out, one thing at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crew import ROOT

#: What a drill needs of the tree.
PARTS = ("bench", "config", "locale", "newsletter", "subscribers", "templates", "tests", "static")


@dataclass(frozen=True)
class Mutation:
    """Texts that are replaced, by file, and the drill that has to notice."""

    name: str
    drill: str
    n: int
    replaced: Mapping[str, tuple[str, str]]


MUTATIONS = (
    Mutation(
        "no intent: a batch on the wire stays claimed, and can be claimed again",
        "sigkill",
        3_000,
        {
            "newsletter/ledger/batches.py": (
                (
                    "HAND_OVER: Rule((State.CLAIMED,), State.HANDED),\n"
                    "    BatchTransition.SETTLE: Rule((State.HANDED,), State.SETTLED),"
                ),
                (
                    "HAND_OVER: Rule((State.CLAIMED,), State.CLAIMED),\n"
                    "    BatchTransition.SETTLE: Rule((State.CLAIMED,), State.SETTLED),"
                ),
            ),
        },
    ),
    Mutation(
        "no journal: nobody reads what a killed worker noted",
        "sigkill",
        6_000,
        {
            "newsletter/sending/recovering.py": (
                "    _read_journals()\n    reopen_owing()",
                "    reopen_owing()",
            )
        },
    ),
    Mutation(
        "no heartbeat: of the dead of another machine nobody hears before the lease ends",
        "machine-lost",
        5_000,
        {
            "newsletter/sending/recovering.py": (
                "return is_dead() | Q(lease_until__lte=Now())",
                "return Q(lease_until__lte=Now())",
            )
        },
    ),
    Mutation(
        "no fence: a worker that counts as dead begins mail when it wakes up",
        "standstill-again",
        5_000,
        {
            "newsletter/sending/delivering.py": (
                "until=lambda: min(latest, life.ends_at)",
                "until=lambda: latest",
            )
        },
    ),
    Mutation(
        "no second look at who was suppressed or left",
        "leave",
        2_000,
        {
            "newsletter/sending/delivering.py": (
                "elif planned.filter(changed).exists():",
                "elif False:",
            )
        },
    ),
    Mutation(
        "no order: in a batch of many editions, readers get each other's",
        "own-choices",
        300,
        {
            "newsletter/sending/outgoing.py": (
                "return {pk: _outgoing(stored[pk], edition) for pk, edition in whole.items()}",
                (
                    "made = [_outgoing(stored[pk], edition) for pk, edition in whole.items()]\n"
                    "    return dict(zip(whole, reversed(made), strict=True))"
                ),
            )
        },
    ),
    Mutation(
        "no phases: whatever has no answer counts as put off",
        "smtp-modes",
        2_000,
        {
            "newsletter/transports/smtp_session.py": (
                "return explained(self.letter.delivery_id, Outcome.UNKNOWN, why or Lost())",
                "return explained(self.letter.delivery_id, Outcome.DEFERRED, why or Lost())",
            )
        },
    ),
)


def survivors() -> list[str]:
    """The mutations that no drill noticed, each told on the screen."""
    return [mutation.name for mutation in MUTATIONS if not _is_noticed(mutation)]


def _is_noticed(mutation: Mutation) -> bool:
    from tests.faults.__main__ import in_a_child

    print(mutation.name, flush=True)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = Path(folder, "tree")
        _copy(tree)
        for path, texts in mutation.replaced.items():
            _replace(tree / path, *texts)
        rows = in_a_child(mutation.drill, tree, N=str(mutation.n))
    noticed = bool(rows) and not any(row.ok for row in rows)
    print(f"    {'noticed' if noticed else 'NOT NOTICED'}", flush=True)
    return noticed


def _copy(tree: Path) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tree)
    # Where the tests look for servers that were fetched.
    (tree / ".venv").symlink_to(ROOT / ".venv")


def _replace(path: Path, text: str, by: str) -> None:
    found = path.read_text()
    if found.count(text) != 1:
        raise SystemExit(f"{path.name} has changed: this mutation must be rewritten:\n{text}")
    path.write_text(found.replace(text, by))
