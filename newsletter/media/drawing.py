"""Maps on disk: each is drawn when it is first asked for, and kept for those who ask next."""

from __future__ import annotations

import hashlib
import math
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings

from newsletter.rendering.map_addresses import read
from newsletter.rendering.maps import draw

#: So many maps are kept, some 10 MB of them; the ones made first go first.
KEPT = 500


def picture_of(token: str) -> bytes:
    """The PNG of the map that `token` stands for.

    Raises:
        LinkInvalid: we never made it.
    """
    wanted = read(token)
    folder: Path = settings.MAPS_DIR
    file = folder / f"{hashlib.sha256(token.encode()).hexdigest()}.png"
    with suppress(FileNotFoundError):
        return file.read_bytes()
    drawn = draw(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed: who asks at the same time gets all of it or nothing.
    part = file.with_suffix(f".{os.urandom(6).hex()}.part")
    part.write_bytes(drawn)
    part.replace(file)
    _make_room(folder)
    return drawn


def forget_maps(*, drawn_before: datetime, limit: int) -> int:
    """Delete up to `limit` maps that were drawn before that moment; how many."""
    moment = drawn_before.timestamp()
    old = [f for f in settings.MAPS_DIR.glob("*") if _drawn_at(f) < moment][:limit]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _drawn_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return math.inf  # another process is clearing up as well


def _make_room(folder: Path) -> None:
    files = list(folder.glob("*.png"))
    if len(files) <= KEPT:
        return
    with suppress(FileNotFoundError):
        # Another process may be clearing up as well.
        for old in sorted(files, key=lambda f: f.stat().st_mtime)[: len(files) - KEPT]:
            old.unlink(missing_ok=True)
