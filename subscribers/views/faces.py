"""What the face of a publication takes beside its pages: its logo, and its colours."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from subscribers.logos import logo_file
from subscribers.views.files import unchanging

_CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


@require_safe
def logo(_request: HttpRequest, content_hash: str, kind: str) -> HttpResponse:
    """The logo of that content."""
    try:
        content = logo_file(content_hash, kind).read_bytes()
    except FileNotFoundError as error:
        raise Http404 from error
    return unchanging(content, _CONTENT_TYPES[kind])


@require_safe
def accent(_request: HttpRequest, light: str, dark: str) -> HttpResponse:
    """The style sheet that gives pages those accents, in six digits each."""
    sheet = (
        f":root {{ --accent: #{light}; --on-accent: #ffffff; }}\n"
        "@media (prefers-color-scheme: dark) { "
        f":root {{ --accent: #{dark}; --on-accent: #0d1b21; }} }}\n"
    )
    return unchanging(sheet.encode(), "text/css; charset=utf-8")
