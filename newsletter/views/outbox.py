"""The outbox in the browser: the mail that would have been sent, for those who may read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from email.message import EmailMessage as ParsedMessage
from functools import wraps
from typing import TypeVar

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newsletter.transports.outbox import Item, Outbox, configured_outbox, may_read_outbox

PER_PAGE = 50

SHOWN_HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Content-Language",
    "Message-ID",
)

#: A mail may do nothing of its own accord, but a person may follow its links out of the frame.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
MAIL_POLICY = (
    f"sandbox {SANDBOX}; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
)

_HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)

_Kept = TypeVar("_Kept")
_View = Callable[..., HttpResponse]


def outbox_page(view: _View) -> _View:
    """`view` for those who may read the outbox; for all others there is no such page.

    What it answers is kept by no cache and no search engine.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if not may_read_outbox(request.user):
            raise Http404
        response = require_safe(view)(request, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@outbox_page
def outbox_list(request: HttpRequest) -> HttpResponse:
    """What is in the outbox, newest first; with `?address=`, only mail to such addresses."""
    outbox, address = configured_outbox(), request.GET.get("address", "").strip()
    mail = Paginator(outbox.items(address_contains=address), PER_PAGE)
    page = mail.get_page(request.GET.get("page"))
    rows = list(_with_subjects(outbox, page.object_list))
    context = {"page": page, "rows": rows, "address": address}
    return render(request, "newsletter/outbox/list.html", context)


@outbox_page
def outbox_message(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its headers, what the reader sees, and its plain text."""
    message = _kept(configured_outbox().parsed, name)
    context = {
        "name": name,
        "subject": message["Subject"],
        "headers": [(h, message[h]) for h in SHOWN_HEADERS if h in message],
        "has_html": bool(_content(message, "html")),
        "text": _content(message, "plain"),
        "sandbox": SANDBOX,
    }
    return render(request, "newsletter/outbox/message.html", context)


@outbox_page
def outbox_html(_request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of one mail alone, as the reader sees it."""
    html = _content(_kept(configured_outbox().parsed, name), "html")
    if not html:
        raise Http404
    headers = {
        "Content-Security-Policy": MAIL_POLICY,
        # Browsers show no page that is sandboxed and asks for a window of its own.
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "X-Frame-Options": "SAMEORIGIN",
    }
    return HttpResponse(_with_links_out_of_the_frame(html), headers=headers)


@outbox_page
def outbox_raw(_request: HttpRequest, name: str) -> HttpResponse:
    """One mail byte for byte, as it would stand on the wire."""
    headers = {"X-Content-Type-Options": "nosniff"}
    raw = _kept(configured_outbox().read, name)
    return HttpResponse(raw, content_type="text/plain; charset=utf-8", headers=headers)


def _kept(read: Callable[[str], _Kept], name: str) -> _Kept:
    try:
        return read(name)
    except FileNotFoundError as error:
        raise Http404 from error


def _with_subjects(outbox: Outbox, items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    for item in items:
        # Somebody may empty the folder while we look.
        with suppress(FileNotFoundError):
            yield item, outbox.headers(item.name)["Subject"]


def _content(message: ParsedMessage, kind: str) -> str:
    """The text of the part of that kind, "html" or "plain"; empty if there is none."""
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _with_links_out_of_the_frame(html: str) -> str:
    head = _HEAD.search(html)
    start = head.end() if head else 0
    return f'{html[:start]}<base target="_top">{html[start:]}'
