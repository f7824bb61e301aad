"""Logos of publications as files: each is known by its content, and stays for the mail it is in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.urls import reverse


def store_logo(content: bytes, kind: str) -> str:
    """Keep `content` as a file that ends in `kind`; its hash.

    Nothing deletes it: an email that was sent shows it as long as somebody keeps the email.
    """
    content_hash = hash_of(content)
    file = logo_file(content_hash, kind)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed: what others read meanwhile is all of it, or nothing.
    part = file.with_suffix(f".{os.urandom(6).hex()}.part")
    part.write_bytes(content)
    part.replace(file)
    return content_hash


def hash_of(content: bytes) -> str:
    """What the logo `content` is known by."""
    return hashlib.sha256(content).hexdigest()


def logo_file(content_hash: str, kind: str) -> Path:
    """Where the file of that content is kept."""
    folder: Path = settings.LOGOS_DIR
    return folder / f"{content_hash}.{kind}"


def logo_path(content_hash: str, kind: str) -> str:
    """The address of the logo of that content within this site."""
    return reverse("subscribers:logo", kwargs={"content_hash": content_hash, "kind": kind})


def logo_url(content_hash: str, kind: str) -> str:
    """Its absolute address, as mail needs it."""
    return f"{settings.SITE_URL}{logo_path(content_hash, kind)}"
