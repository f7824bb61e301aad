"""The files that pages and emails show: pictures that editors upload, and maps.

A picture is kept by what is in it until nothing shows it. A map is drawn when it is first asked
for, and kept for those who ask next.
"""

from __future__ import annotations

import hashlib
import math
import os
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from newsletter.media.reencoding import CleanPicture
from newsletter.models import Picture
from newsletter.rendering.map_addresses import read
from newsletter.rendering.maps import draw

#: So many maps are kept, some 10 MB of them; the ones made first go first.
MAPS_KEPT = 500


def save_upload(picture: Picture, clean: CleanPicture) -> None:
    """Store the new `picture` with `clean` as its file."""
    picture.content_hash = hashlib.sha256(clean.content).hexdigest()
    picture.kind = clean.kind
    picture.width, picture.height = clean.width, clean.height
    # The file first: a row never stands for a file that is not there.
    _write(picture_file(picture.content_hash, picture.kind), clean.content)
    picture.save()


def delete_picture(picture: Picture) -> None:
    """Delete `picture`, with its file if no other picture has the same.

    Raises:
        ProtectedError: a version shows it.
    """
    content_hash, file = picture.content_hash, picture_file(picture.content_hash, picture.kind)
    with transaction.atomic():
        picture.delete()
        if not Picture.objects.filter(content_hash=content_hash).exists():
            transaction.on_commit(partial(file.unlink, missing_ok=True))


def picture_file(content_hash: str, kind: str) -> Path:
    """Where the file of that content is kept."""
    folder: Path = settings.PICTURES_DIR
    return folder / f"{content_hash}.{kind}"


def map_image(token: str) -> bytes:
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
    _write(file, drawn)
    _make_room(folder)
    return drawn


def delete_maps(*, drawn_before: datetime, limit: int) -> int:
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
    if len(files) <= MAPS_KEPT:
        return
    with suppress(FileNotFoundError):
        # Another process may be clearing up as well.
        for old in sorted(files, key=lambda f: f.stat().st_mtime)[: len(files) - MAPS_KEPT]:
            old.unlink(missing_ok=True)


def _write(file: Path, content: bytes) -> None:
    """Write it aside and rename it: what others read meanwhile is all of it, or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.urandom(6).hex()}.part")
    part.write_bytes(content)
    part.replace(file)
