"""The pictures that editors uploaded."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.media.pictures import file_of
from newsletter.models import PictureKind
from newsletter.views.files import unchanging

CONTENT_TYPES = {PictureKind.JPEG: "image/jpeg", PictureKind.PNG: "image/png"}


@require_safe
def picture(_request: HttpRequest, content_hash: str, kind: str) -> HttpResponse:
    """The picture of that content."""
    try:
        content = file_of(content_hash, kind).read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
    return unchanging(content, CONTENT_TYPES[PictureKind(kind)])
