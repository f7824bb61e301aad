"""`python -m tests.faults`: the drills that ONLY names, or all; and whether they can fail.

Each runs in a process of its own, on a site of its own, with N readers and what chance does
drawn from SEED. A table on the screen and the same as JSON in tests/faults/results.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.endings import end_in_order
from tests.faults.crew import ROOT
from tests.faults.drill import HEAD, Row, run, write_rows
from tests.faults.drills import DRILLS

RESULTS = Path(__file__).parent / "results.json"
#: Says to a child where to leave its row.
INTO = "DRILL_INTO"


def main() -> int:
    end_in_order()
    names = _names()
    if into := os.environ.get(INTO):
        [name] = names
        write_rows([_run(name)], Path(into))
        return 0
    if names == ["mutations"]:
        from tests.faults.mutations import survivors

        return 1 if survivors() else 0
    print(HEAD, flush=True)
    rows = [row for name in names for row in in_a_child(name)]
    write_rows(rows, RESULTS)
    return 0 if len(rows) == len(names) and all(row.ok for row in rows) else 1


def in_a_child(name: str, tree: Path = ROOT, **environment: str) -> list[Row]:
    """The row of the drill `name`, run on the code in `tree`; none if it came to none."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        into = Path(folder, "row.json")
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), INTO: str(into), "ONLY": name}
            | environment,
        )
        try:
            child.wait()
        finally:
            # It ends what it started before it ends itself.
            child.terminate()
            child.wait()
        found = json.loads(into.read_text()) if into.exists() else []
    rows = [Row(**fields) for fields in found]
    for row in rows:
        print("\n    ".join([row.line(), *row.complaints]), flush=True)
    if not rows:
        print(f"{name:<16} came to nothing", flush=True)
    return rows


def _run(name: str) -> Row:
    drill = DRILLS[name]
    n = int(os.environ.get("N", "") or drill.n)
    return run(drill, n, int(os.environ.get("SEED", "") or 1))


def _names() -> list[str]:
    names = os.environ.get("ONLY", "").replace(",", " ").split() or list(DRILLS)
    for name in names:
        if name not in (*DRILLS, "mutations"):
            known = ", ".join((*DRILLS, "mutations"))
            sys.exit(f"ONLY={name} is not known. Known are: {known}.")
    return names


if __name__ == "__main__":
    sys.exit(main())
