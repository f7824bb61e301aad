"""The maps that mail shows."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.media.files import map_image
from subscribers.errors import LinkInvalid
from subscribers.views.files import unchanging


@require_safe
def map_picture(_request: HttpRequest, token: str) -> HttpResponse:
    """The map that `token` stands for; there is none that we did not make."""
    try:
        png = map_image(token)
    except LinkInvalid:
        raise Http404 from None
    return unchanging(png, "image/png")
