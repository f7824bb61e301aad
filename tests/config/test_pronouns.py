"""Readers and editors are they: in the interface, the documents, the code and its tests."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("README.md", "docs", "newsletter", "subscribers", "config", "templates", "tests")
KINDS = {".md", ".py", ".html", ".txt"}
#: As words, and within names: `test_what_…_gets` too.
HE = re.compile(r"(?<![^\W_])(?:he|him|his|himself|she|her|hers|herself)(?![^\W_])", re.IGNORECASE)


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
    return [file for file in found if file.suffix in KINDS and file != Path(__file__)]


def test_readers_and_editors_are_they() -> None:
    assert lines_about_him() == []
