"""The migrations that a release went out with, which nobody changes afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("subscribers", "newsletter")
#: In the folder of a release: the SHA-256 of each file of its migrations.
FILE = "migrations.json"


def hashes() -> dict[str, str]:
    """Of each migration of this code, by its path."""
    return {
        str(file.relative_to(ROOT)): hashlib.sha256(file.read_bytes()).hexdigest()
        for app in APPS
        for file in sorted((ROOT / app / "migrations").glob("[0-9]*.py"))
    }


def write(folder: Path) -> None:
    """Note in the `folder` of a release what its migrations are."""
    (folder / FILE).write_text(json.dumps(hashes(), indent=1) + "\n")


def released(dumps: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each release in `dumps`, with the hashes of its migrations."""
    for file in sorted(dumps.glob(f"*/{FILE}")):
        yield file.parent.name, json.loads(file.read_text())
