"""Runs the benchmark that ONLY names, or all, at the size N, and reports each figure.

Each runs in a process of its own, on a site of its own. A table on the screen and the same as
JSON in bench/results.json.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    alerts,
    checking,
    claiming,
    composing,
    desk,
    dkim,
    esp,
    freeze,
    growth,
    maps,
    oneclick,
    recipes,
    smtp,
)
from bench.rows import Row, print_row, read_rows, write_rows
from bench.site import fresh_site
from tests.endings import end_in_order

RESULTS = Path(__file__).parent / "results.json"
#: Says to a child where to leave its rows.
INTO = "BENCH_INTO"

#: Each with the size it has unless N says otherwise, and the environment it needs.
BENCHMARKS: dict[str, tuple[Callable[[int], Iterator[Row]], int, dict[str, str]]] = {
    "compose": (composing.rows, 20, {}),
    "checking": (checking.rows, 100_000, {}),
    "freeze": (freeze.rows, 1_000_000, {}),
    "recipes": (recipes.rows, 100_000, {}),
    "growth": (growth.rows, 1_000_000, {}),
    "maps": (maps.rows, 100_000, {}),
    "claim": (claiming.rows, 1_000_000, {}),
    "desk": (desk.rows, 1_000_000, {}),
    "smtp": (smtp.rows, 20_000, {"MAIL_TRANSPORT": "smtp"}),
    "smtp-recipes": (smtp.recipe_rows, 20_000, {"MAIL_TRANSPORT": "smtp"}),
    "alerts": (alerts.rows, 200_000, {"MAIL_TRANSPORT": "smtp"}),
    "esp": (esp.rows, 200_000, {"MAIL_TRANSPORT": "mailgun"}),
    "esp-choices": (esp.choices_rows, 20_000, {"MAIL_TRANSPORT": "postmark"}),
    "oneclick": (oneclick.rows, 20_000, {"MAIL_TRANSPORT": "smtp"}),
    "dkim": (dkim.rows, 20_000, {"MAIL_TRANSPORT": "smtp"}),
    "slow": (esp.slow_rows, 100_000, {"MAIL_TRANSPORT": "mailgun"}),
    "remote": (smtp.remote_rows, 10_000, {"MAIL_TRANSPORT": "smtp"}),
}


def main() -> int:
    end_in_order()
    only = os.environ.get("ONLY", "")
    if only and only not in BENCHMARKS:
        sys.exit(f"ONLY={only} is not known. Known are: {', '.join(BENCHMARKS)}.")
    if into := os.environ.get(INTO):
        write_rows(_measured(only), Path(into))
        return 0
    names = [only] if only else list(BENCHMARKS)
    by_name = {name: _in_a_child(name) for name in names}
    rows = [row for found in by_name.values() for row in found]
    write_rows(rows, RESULTS)
    return 0 if all(by_name.values()) and all(row.met is not False for row in rows) else 1


def _in_a_child(name: str) -> list[Row]:
    """The rows of the benchmark `name`, none if it failed. A process has one site in its life."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        into = Path(folder, "rows.json")
        child = subprocess.Popen(
            [sys.executable, "-m", "bench"], env={**os.environ, "ONLY": name, INTO: str(into)}
        )
        try:
            child.wait()
        finally:
            # It ends what it started before it ends itself.
            child.terminate()
            child.wait()
        return read_rows(into) if into.exists() else []


def _measured(name: str) -> list[Row]:
    run, size, environment = BENCHMARKS[name]
    rows: list[Row] = []
    with fresh_site(**environment):
        for row in run(int(os.environ.get("N", "") or size)):
            print_row(row)
            rows.append(row)
    return rows


if __name__ == "__main__":
    sys.exit(main())
