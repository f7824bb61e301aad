"""What stands on the disk is for the service's own user."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.privacy import keep_private


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_what_is_written_into_it_are_for_nobody_else(tmp_path: Path) -> None:
    var = tmp_path / "new" / "var"

    keep_private(var)
    (var / "db.sqlite3").touch()
    (var / "outbox").mkdir()

    assert [mode(path) for path in (var, var / "db.sqlite3", var / "outbox")] == [
        0o700,
        0o600,
        0o700,
    ]


def test_what_an_older_version_left_readable_is_mended(tmp_path: Path) -> None:
    var = tmp_path / "var"
    (var / "pictures").mkdir(parents=True)
    for name in ("db.sqlite3", "db.sqlite3-wal", "link-key"):
        (var / name).touch()

    keep_private(var)

    assert mode(var) == mode(var / "pictures") == 0o700
    assert {mode(path) for path in var.iterdir() if path.is_file()} == {0o600}


def test_what_is_not_ours_in_it_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    keep_private(tmp_path)

    assert mode(tmp_path / "notes.txt") == 0o644


def test_a_folder_that_many_share_is_not_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "db.sqlite3").touch()

    keep_private(tmp_path)

    assert mode(tmp_path) == 0o1777


def test_a_link_to_nowhere_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "static").symlink_to(tmp_path / "nowhere")

    keep_private(tmp_path)

    assert mode(tmp_path) == 0o700
