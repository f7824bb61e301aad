"""Readers and editors are they: in the interface, the documents and the code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("README.md", "docs", "newsletter", "subscribers", "config", "templates")
KINDS = {".md", ".py", ".html", ".txt"}
HE = re.compile(
    r"\b(?:he|him|his|himself|she|her|hers|herself)\b|_for_(?:him|her)\b", re.IGNORECASE
)


def lines_about_him() -> list[str]:
    files = [file for place in PLACES for file in _files_in(ROOT / place)]
    assert files
    return [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if HE.search(line)
    ]


def _files_in(place: Path) -> list[Path]:
    found = [place] if place.is_file() else sorted(place.rglob("*"))
    return [file for file in found if file.suffix in KINDS]


def test_readers_and_editors_are_they() -> None:
    assert lines_about_him() == []
