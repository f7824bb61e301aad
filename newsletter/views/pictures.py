"""The pictures that editors uploaded."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.media.files import picture_file
from newsletter.models import PictureKind
from subscribers.views.files import unchanging

CONTENT_TYPES = {PictureKind.JPEG: "image/jpeg", PictureKind.PNG: "image/png"}


@require_safe
def picture(_request: HttpRequest, content_hash: str, kind: str) -> HttpResponse:
    """The picture of that content."""
    try:
        content = picture_file(content_hash, kind).read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
    return unchanging(content, CONTENT_TYPES[PictureKind(kind)])
