"""What this installation writes on its disk is for its own user, and for no other."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

#: What lies in the folder, and for SQLite's files, what their names begin with.
OURS: tuple[str, ...] = ("db.sqlite3", "secret-key", "link-key", "editor-login", "journals")
OURS += ("installations", "outbox", "pictures", "maps", "static")


def keep_private(folder: Path) -> None:
    """Let nobody else into `folder`, nor read what is written from now on.

    What an older version left readable is mended. Another user's folder, and one that many
    users share, such as /tmp, is left as it is.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_mode & stat.S_ISVTX:
        return
    _close(folder)
    for path in folder.iterdir():
        if path.name.startswith(OURS):
            _close(path)


def _close(path: Path) -> None:
    """Take from `path` what others may do with it."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            path.chmod(mode & 0o700)
