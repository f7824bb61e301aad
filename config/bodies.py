"""How much may be sent to the site: the forms that strangers see are small.

What is larger is refused before it is read, in memory or on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: Where staff upload pictures, and where ESPs report what became of the mail.
DESK, WEBHOOKS = "/admin/", "/anymail/"

#: Bytes. A sign-up form with every region of the world ticked has a tenth of the first.
FORM, REPORT, UPLOAD = 64 * 1024, 2 * 1024**2, 20 * 1024**2


def largest_body(path: str) -> int:
    """Bytes that may be sent to `path`, by those who may send most there."""
    if path.startswith(DESK):
        return UPLOAD
    return REPORT if path.startswith(WEBHOOKS) else FORM


class BodyLimit:
    """The middleware that refuses what is too large; at the desk, whatever strangers send."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """The refusal, if it is one: who asks is known here, and the body is still unread."""
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            # Django reads none of it. To answer as if nothing had been sent would be wrong.
            return HttpResponse(status=411)
        length = announced_length(request)
        if length <= FORM or length <= (most := _allowed(request)):
            return None
        return render(request, "413.html", {"sent": length, "most": most}, status=413)


def _allowed(request: HttpRequest) -> int:
    of_staff = request.path_info.startswith(DESK) and not request.user.is_staff
    return FORM if of_staff else largest_body(request.path_info)


def announced_length(request: HttpRequest) -> int:
    """Bytes of the body, as `request` says; Django reads no more."""
    given = str(request.headers.get("Content-Length") or "0")
    return int(given) if given.isascii() and given.isdecimal() else 0
