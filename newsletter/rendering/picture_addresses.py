"""Where a picture can be fetched: by what is in it, so that an address never shows another."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def picture_url(content_hash: str, kind: str) -> str:
    """The absolute address of the picture of that content, as mail needs it."""
    return f"{settings.SITE_URL}{picture_path(content_hash, kind)}"


def picture_path(content_hash: str, kind: str) -> str:
    """Its address within this site."""
    return reverse("newsletter:picture", kwargs={"content_hash": content_hash, "kind": kind})
