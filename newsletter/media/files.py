"""The pictures that editors upload: each kept by what is in it until nothing shows it."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from newsletter.media.reencoding import CleanPicture
from newsletter.models import Picture


def save_upload(picture: Picture, clean: CleanPicture) -> None:
    """Store the new `picture` with `clean` as its file."""
    picture.content_hash = hashlib.sha256(clean.content).hexdigest()
    picture.kind = clean.kind
    picture.width, picture.height = clean.width, clean.height
    # The file first: a row never stands for a file that is not there.
    write_file(picture_file(picture.content_hash, picture.kind), clean.content)
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


def write_file(file: Path, content: bytes) -> None:
    """Store `content` as `file`; what others read meanwhile is all of it, or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.urandom(6).hex()}.part")
    part.write_bytes(content)
    part.replace(file)
