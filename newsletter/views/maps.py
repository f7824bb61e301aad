"""The maps that mail shows."""

from __future__ import annotations

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.services.drawing import picture_of
from newsletter.views.files import unchanging


@require_safe
def map_picture(_request: HttpRequest, token: str) -> HttpResponse:
    """The map that `token` stands for; there is none that we did not sign."""
    try:
        png = picture_of(token)
    except BadSignature as error:
        raise Http404 from error
    return unchanging(png, "image/png")
