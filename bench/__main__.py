"""Runs the benchmarks that ONLY names, or all, at the size N, and reports each figure.

A table on the screen and the same as JSON in bench/results.json.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import claiming, composing, esp, freeze, smtp
from bench.rows import Row, print_rows, write_rows
from bench.site import fresh_site

RESULTS = Path(__file__).parent / "results.json"

#: Each with the size it has unless N says otherwise, and the environment it needs.
BENCHMARKS: dict[str, tuple[Callable[[int], Iterator[Row]], int, dict[str, str]]] = {
    "compose": (composing.rows, 20, {}),
    "freeze": (freeze.rows, 1_000_000, {}),
    "claim": (claiming.rows, 1_000_000, {}),
    "smtp": (smtp.rows, 20_000, {"MAIL_TRANSPORT": "smtp"}),
    "esp": (esp.rows, 200_000, {"MAIL_TRANSPORT": "mailgun"}),
    "slow": (esp.slow_rows, 100_000, {"MAIL_TRANSPORT": "mailgun"}),
    "remote": (smtp.remote_rows, 10_000, {"MAIL_TRANSPORT": "smtp"}),
}


def main() -> int:
    only = os.environ.get("ONLY", "")
    if only and only not in BENCHMARKS:
        sys.exit(f"ONLY={only} is not known. Known are: {', '.join(BENCHMARKS)}.")
    rows: list[Row] = []
    for name, (run, size, environment) in BENCHMARKS.items():
        if only in ("", name):
            with fresh_site(**environment):
                for row in run(int(os.environ.get("N", "") or size)):
                    print_rows([row])
                    rows.append(row)
    write_rows(rows, RESULTS)
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
