"""Pictures on disk: kept by what is in them, and thrown away when nothing shows them."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from newsletter.media.reencoding import CleanPicture
from newsletter.models import Picture


def keep(picture: Picture, clean: CleanPicture) -> None:
    """Store the new `picture` with `clean` as its file."""
    picture.content_hash = hashlib.sha256(clean.content).hexdigest()
    picture.kind = clean.kind
    picture.width, picture.height = clean.width, clean.height
    # The file first: a row never stands for a file that is not there.
    _write(file_of(picture.content_hash, picture.kind), clean.content)
    picture.save()


def throw_away(picture: Picture) -> None:
    """Delete `picture`, with its file if no other picture has the same.

    Raises:
        ProtectedError: a version shows it.
    """
    content_hash, file = picture.content_hash, file_of(picture.content_hash, picture.kind)
    with transaction.atomic():
        picture.delete()
        if not Picture.objects.filter(content_hash=content_hash).exists():
            transaction.on_commit(partial(file.unlink, missing_ok=True))


def file_of(content_hash: str, kind: str) -> Path:
    """Where the file of that content is kept."""
    folder: Path = settings.PICTURES_DIR
    return folder / f"{content_hash}.{kind}"


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed: nobody is shown half a picture.
    part = file.with_suffix(f".{os.urandom(6).hex()}.part")
    part.write_bytes(content)
    part.replace(file)
