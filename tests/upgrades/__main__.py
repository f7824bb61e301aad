"""`python -m tests.upgrades 0.3.0`: stores what this code, as that release, leaves behind.

For each kind of database one dump, and the facts that the test of upgrades looks for in it; and
what its migrations are.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests import programs, servers
from tests.upgrades import dumps, migrations


def main(arguments: list[str]) -> None:
    release = arguments[0] if len(arguments) == 1 else ""
    if not re.fullmatch(r"\d+\.\d+\.\d+", release):
        sys.exit("Say which release this is: python -m tests.upgrades 0.3.0")
    folder = dumps.STORED / release
    if folder.exists():
        sys.exit(f"{folder} is there: what a release left behind does not change.")
    binaries = programs.postgres_binaries()
    if binaries is None:
        sys.exit("This needs PostgreSQL: python -m tests.prepare gets it.")
    with tempfile.TemporaryDirectory() as var, servers.postgres(binaries) as address:
        # Into the folder once both are made: half a release is none.
        made = Path(var, release)
        dumps.make(made, "sqlite", f"sqlite:///{var}/db.sqlite3", Path(var, "one"))
        dumps.make(made, "postgresql", address, Path(var, "other"))
        migrations.write(made)
        folder.mkdir(parents=True)
        for file in sorted(made.iterdir()):
            (folder / file.name).write_bytes(file.read_bytes())
            print(f"{folder / file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
