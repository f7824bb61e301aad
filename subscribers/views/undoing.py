"""Take back what a link has changed."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscribers import bell, tokens
from subscribers.differences import differences
from subscribers.errors import AskToSignUpAgain, LinkExpired, LinkOutlived
from subscribers.models import Change
from subscribers.services import changing
from subscribers.tasks import send_notices
from subscribers.tokens import Purpose
from subscribers.views.answers import SeeOther, shown
from subscribers.views.token_pages import Found, about, token_page


def _change_of(token: str) -> Found[Change]:
    try:
        change = changing.find(tokens.read(Purpose.UNDO, token))
    except LinkExpired:
        raise LinkOutlived from None
    language = change.language if change.was_active else change.subscription.language
    return change, language


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(_change_of)
def undo(request: HttpRequest, change: Change) -> HttpResponse:
    """What would be as it was, and a button; after that, that it is."""
    question = _("Undo this change?")
    context = {**about(change.subscription), "question": question}
    if change.undone_at is not None:
        return render(request, "subscribers/undone.html", context)
    context["differences"] = differences(change)
    if request.method == "POST":
        try:
            _undo(request, change, question)
        except AskToSignUpAgain as error:
            return render(request, "subscribers/undo.html", {**context, "error": error})
        return SeeOther(request.path)
    return render(request, "subscribers/undo.html", context)


def _undo(request: HttpRequest, change: Change, question: str) -> None:
    with transaction.atomic():
        changing.undo(change, shown=shown(request, question, page="/undo/"))
        if "end_links" in request.POST:
            changing.end_older_links(change.subscription)
    transaction.on_commit(partial(bell.ring, send_notices))
