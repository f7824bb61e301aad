"""What a benchmark reports: a figure, and the goal it is held against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    name: str
    value: float
    unit: str
    #: As "≤ 15" or "≥ 2000"; empty for figures that are there to compare with.
    goal: str = ""

    @property
    def met(self) -> bool | None:
        if not self.goal:
            return None
        sign, bound = self.goal.split()
        return self.value <= float(bound) if sign == "≤" else self.value >= float(bound)


def print_row(row: Row) -> None:
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    print(f"{row.name:<58}{row.value:>12,.2f} {row.unit:<14}{row.goal:<10}{verdict}", flush=True)


def write_rows(rows: Iterable[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = [{**asdict(row), "met": row.met} for row in rows]
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False))


def read_rows(path: Path) -> list[Row]:
    found = json.loads(path.read_text())
    return [Row(row["name"], row["value"], row["unit"], row["goal"]) for row in found]
