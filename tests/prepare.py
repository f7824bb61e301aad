"""`python -m tests.prepare`: installs what the tests need beside Python packages.

It says in one line each where a program is, or why it cannot be had; the latter is an error
on the build machine only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests import programs

Failure = (OSError, subprocess.SubprocessError)


def main() -> int:
    complete = [
        obtain("PostgreSQL", programs.postgres_binaries, lambda: install("postgresql")),
        obtain("Redis", programs.redis_server, lambda: unpack("redis-server")),
        obtain("Chromium", programs.chromium, install_chromium),
        obtain("SpamAssassin", programs.spamassassin, lambda: install("spamassassin")),
        obtain("Mail::DKIM", programs.mail_dkim, lambda: install("libmail-dkim-perl")),
        obtain("npm", programs.npm, lambda: install("npm")),
        obtain("The packages of node", programs.node_packages, install_node_packages),
    ]
    return 0 if all(complete) or not programs.must_have_everything() else 1


def obtain(name: str, find: Callable[[], Path | None], fetch: Callable[[], None]) -> bool:
    """Whether the program is here, after fetching it where it was not."""
    reason = ""
    if not find():
        print(f"{name}: installing …", flush=True)
        try:
            fetch()
        except Failure as trouble:
            reason = last_line(trouble)
    found = find()
    print(f"{name}: {found or f'cannot be had here. {reason}'}", flush=True)
    return found is not None


def last_line(trouble: BaseException) -> str:
    said = str(getattr(trouble, "stderr", None) or trouble)
    return said.strip().splitlines()[-1]


def install_chromium() -> None:
    """From the system where we may, else Playwright's own."""
    try:
        install("chromium")
    except Failure:
        run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


def install_node_packages() -> None:
    """Those of the lock file, each with the checksum that it has there."""
    shutil.rmtree(programs.NODE_FOLDER, ignore_errors=True)
    programs.NODE_FOLDER.mkdir()
    folder = programs.NODE_FOLDER
    lists = [shutil.copy(file, folder) for file in programs.NODE_LISTS]
    try:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    except Failure:
        # What is there now is not what the lists say.
        for copy in lists:
            Path(copy).unlink()
        raise


def install(package: str) -> None:
    """Install a Debian package for the whole machine; only root may."""
    with_fresh_lists(lambda: apt_get("install", "--yes", "--no-install-recommends", package))


def unpack(package: str) -> None:
    """Unpack a Debian package, with what it needs and is not here, for the tests alone.

    Anyone may do so, and no service is started, as installing a server would.
    """
    with tempfile.TemporaryDirectory() as folder:
        with_fresh_lists(lambda: download(package, Path(folder)))
        for archive in Path(folder).glob("*.deb"):
            run("dpkg", "--extract", str(archive), str(programs.UNPACKED))


def download(package: str, folder: Path) -> None:
    listed = apt_get("install", "--yes", "--no-install-recommends", "--print-uris", package)
    # A line is: 'address' name_version_architecture.deb size checksum
    names = [line.split()[1].split("_")[0] for line in listed.splitlines() if line.startswith("'")]
    apt_get("download", *names, folder=folder)


def with_fresh_lists(action: Callable[[], object]) -> None:
    """Do `action`; where the package lists are missing or old, root renews them and tries again."""
    try:
        action()
    except subprocess.CalledProcessError:
        if os.geteuid() != 0:
            raise
        apt_get("update")
        action()


def apt_get(*arguments: str, folder: Path | None = None) -> str:
    # The sandbox user may not write where root downloads to.
    return run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", *arguments, folder=folder)


def run(*command: str, folder: Path | None = None) -> str:
    """What the command prints.

    Raises:
        OSError, subprocess.SubprocessError: it is not here, failed, or took too long.
    """
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=quiet,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
