"""The pictures of maps: drawn when they are asked for, and kept for those who ask next.

Where readers have choices of their own, there are as many maps as readers. So there is an end to
what is kept, and to the time that a process spends on drawing: the site has other things to
answer, and an email names in words what its map shows.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from newsletter.media.files import write_file
from newsletter.rendering.map_addresses import DRAWING
from newsletter.rendering.maps import Map, draw, part_of

#: Bytes of pictures that are kept, near enough; those go first that nobody asked for longest.
ROOM = 50_000_000
#: A process clears up whenever it has kept so many more.
CLEARED_AFTER = 5_000_000


@dataclass(frozen=True)
class MapImage:
    png: bytes
    #: Whether it shows all of its map. One that does not says so.
    is_whole: bool


class DrawingTime:
    """The seconds of a processor that may go into drawing: a share of all that pass.

    What is not used is saved up, as far as `at_most`.
    """

    def __init__(
        self, share: float, at_most: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._share, self._at_most, self._clock = share, at_most, clock
        self._saved, self._since = at_most, clock()

    def is_left(self) -> bool:
        now = self._clock()
        self._saved = min(self._at_most, self._saved + (now - self._since) * self._share)
        self._since = now
        return self._saved > 0

    def spend(self, seconds: float) -> None:
        self._saved -= seconds


class MapDrawer:
    """Draws the maps of one process, one at a time, and keeps them in the folder of the site."""

    def __init__(self, time_left: DrawingTime) -> None:
        self._time = time_left
        self._one_at_a_time = threading.Lock()
        self._written: int | None = None

    def image(self, wanted: Map) -> MapImage:
        """The picture of `wanted`; while there is no time to draw it, that of one of its regions.

        Such pictures are few: readers who have the region share them.
        """
        if kept := _kept(wanted):
            return MapImage(kept, is_whole=True)
        with self._one_at_a_time:
            shown = wanted if _file(wanted).exists() or self._time.is_left() else part_of(wanted)
            return MapImage(_kept(shown) or self._drawn(shown), is_whole=shown == wanted)

    def _drawn(self, wanted: Map) -> bytes:
        start = time.thread_time()
        png = draw(wanted)
        self._time.spend(time.thread_time() - start)
        write_file(_file(wanted), png)
        self._clear_up(len(png))
        return png

    def _clear_up(self, added: int) -> None:
        """Now and then, and at first: nobody knows what is left of an earlier process."""
        self._written = None if self._written is None else self._written + added
        if self._written is None or self._written >= CLEARED_AFTER:
            _make_room(settings.MAPS_DIR)
            self._written = 0


#: A quarter of the time of each process, and ten seconds ahead.
_drawer = MapDrawer(DrawingTime(share=0.25, at_most=10.0))


def map_image(wanted: Map) -> MapImage:
    """The picture of `wanted` from this process."""
    return _drawer.image(wanted)


def delete_maps(*, drawn_before: datetime, limit: int) -> int:
    """Delete up to `limit` maps that were drawn before that moment; how many."""
    moment = drawn_before.timestamp()
    old = [f for f in settings.MAPS_DIR.glob("*") if _drawn_at(f) < moment][:limit]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _kept(wanted: Map) -> bytes | None:
    """The picture as it was drawn before; it counts as asked for just now."""
    file = _file(wanted)
    with suppress(FileNotFoundError):
        png = file.read_bytes()
        os.utime(file, (time.time(), file.stat().st_mtime))
        return png
    return None


def _file(wanted: Map) -> Path:
    folder: Path = settings.MAPS_DIR
    return folder / f"{hashlib.sha256(f'{DRAWING} {wanted!r}'.encode()).hexdigest()}.png"


def _drawn_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return math.inf  # another process is clearing up as well


def _make_room(folder: Path) -> None:
    """Delete what nobody asked for longest, until there is room for what comes next."""
    files = []
    for file in folder.glob("*.png"):
        with suppress(FileNotFoundError):  # another process is clearing up as well
            about = file.stat()
            files.append((about.st_atime, about.st_size, file))
    left = sum(size for _asked, size, _file in files)
    for _asked, size, file in sorted(files):
        if left <= ROOM - CLEARED_AFTER:
            return
        file.unlink(missing_ok=True)
        left -= size
