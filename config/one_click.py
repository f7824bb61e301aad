"""The short way for the button of mail programs (RFC 8058): thousands press it after a mailing.

Such a post needs no session, no form and no language of the visitor. What is answered, and what
is left in the database, is what the ordinary way does. What is not plainly such a post, or cannot
be done here at once, goes that way.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.conf import settings
from django.core.exceptions import DisallowedHost, MiddlewareNotUsed
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from config.bodies import announced_length
from subscribers import tokens
from subscribers.addresses import mask
from subscribers.errors import LinkInvalid
from subscribers.gathering import Gathering
from subscribers.services.consenting import cut_network
from subscribers.services.leaving import Click, Left, leave
from subscribers.tokens import Purpose
from subscribers.views.unsubscribing import by_button
from subscribers.visitors import visitor_ip

#: Bytes of a body that a mail program may have sent: theirs has 26, or 150 in parts.
LARGEST = 1024
#: Answers that are remembered, one for each publication and language.
MOST_ANSWERS = 256


class OneClick:
    """The middleware that ends a subscription before any other is asked.

    The first answer for a publication is made the ordinary way, which finds the subscription
    ended; it is remembered, and the next readers get it with their own address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if connection.vendor != "postgresql":
            raise MiddlewareNotUsed
        self._get_response = get_response
        self._leaving = Gathering(leave)
        self._answers: dict[Hashable, _Answer] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        public_id = _one_click(request)
        left = self._leave(request, public_id) if public_id else None
        if left is None or left.is_suppressed:
            return self._get_response(request)
        known_by = left.publication, left.language, request.is_secure()
        if known := self._answers.get(known_by):
            return known.to(left.address)
        answer = self._get_response(request)
        self._remember(known_by, answer, left)
        return answer

    def _leave(self, request: HttpRequest, public_id: UUID) -> Left | None:
        try:
            return self._leaving.ask(Click(public_id, cut_network(visitor_ip(request))))
        except DatabaseError:
            return None

    def _remember(self, known_by: Hashable, answer: HttpResponse, left: Left) -> None:
        before, address, after = answer.content.partition(_written(left.address))
        if answer.status_code != 200 or answer.cookies or not address or address in after:
            return
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.clear()
        headers = {name: value for name, value in answer.items() if name != "Content-Length"}
        self._answers[known_by] = _Answer(before, after, headers)


@dataclass(frozen=True)
class _Answer:
    """That a subscription has ended, without the address of its reader."""

    before: bytes
    after: bytes
    headers: dict[str, str]

    def to(self, address: str) -> HttpResponse:
        content = self.before + _written(address) + self.after
        length = {"Content-Length": str(len(content))}
        return HttpResponse(content, headers={**self.headers, **length})


def _written(address: str) -> bytes:
    """What the page says of `address`."""
    return html.escape(mask(address)).encode()


def _one_click(request: HttpRequest) -> UUID | None:
    """The subscription that `request` ends, if it is plainly the post of a mail program."""
    before, after = _around_token()
    path = request.path_info
    if request.method != "POST" or not (path.startswith(before) and path.endswith(after)):
        return None
    if not _is_plain(request) or by_button(request):
        return None
    try:
        return tokens.read(Purpose.UNSUBSCRIBE, path[len(before) : -len(after)])
    except LinkInvalid:
        return None


def _is_plain(request: HttpRequest) -> bool:
    """Whether no middleware would refuse `request`, send it on, or know who sent it."""
    is_small = announced_length(request) <= LARGEST
    if not is_small or any(map(request.headers.get, ("Cookie", "Transfer-Encoding"))):
        return False
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return request.is_secure() or not settings.SECURE_SSL_REDIRECT


@cache
def _around_token() -> tuple[str, str]:
    path = reverse("subscribers:unsubscribe", kwargs={"token": "TOKEN"})
    before, _token, after = path.partition("TOKEN")
    return before, after
