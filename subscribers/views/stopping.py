"""Never email an address again, or do so after all: for people who were sent a confirmation."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscribers import tokens
from subscribers.services import stopping
from subscribers.tokens import Purpose
from subscribers.views.answers import SeeOther, shown
from subscribers.views.token_pages import Found, token_page


def _mailbox_of(token: str) -> Found[UUID]:
    return tokens.read(Purpose.STOP, token), get_language() or ""


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(_mailbox_of)
def stop(request: HttpRequest, mailbox: UUID) -> HttpResponse:
    """A button to be left alone for ever; after that, one to take it back."""
    question = _("Never email this address again?")
    if request.method == "POST":
        if "allow" in request.POST:
            stopping.allow(mailbox.hex)
        else:
            stopping.stop(mailbox.hex, shown=shown(request, question, page="/stop/"))
        return SeeOther(request.path)
    context = {
        "question": question,
        "address": stopping.address_of(mailbox.hex),
        "stopped_for": stopping.stopped_for(mailbox.hex),
    }
    return render(request, "subscribers/stop.html", context)
