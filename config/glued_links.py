"""Links lead where they were meant to, with what a mail program took for their end.

“(https://…/unsubscribe/…/)” in a forwarded mail, or “<https://…/>.”: some programs take the bracket
along. The way out of a newsletter has to work all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes

from subscribers.glued import without_glued


class GluedLinks:
    """The middleware that sends on, where there is no page, to the page without the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        if answer.status_code != 404 or request.method not in ("GET", "HEAD"):
            return answer
        meant = f"{without_glued(request.path_info)}/"
        if meant == request.path_info or not is_valid_path(meant):
            return answer
        query = request.GET.urlencode()
        address = f"{meant}?{query}" if query else meant
        return HttpResponseRedirect(escape_leading_slashes(address))
