"""Confirm from the mailbox, and ask for a fresh link when the first is too old."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscribers import bell
from subscribers.errors import AskToSignUpAgain, LinkInvalid
from subscribers.models import Subscription, SubscriptionStatus
from subscribers.services import notifying, subscribing
from subscribers.tasks import send_notices
from subscribers.tokens import Purpose
from subscribers.views.answers import SeeOther, shown
from subscribers.views.token_pages import (
    about,
    ended,
    holder,
    link_invalid,
    path_to,
    region_labels,
    token_page,
)


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(Purpose.CONFIRM)
def confirm(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """What is to be confirmed and a button; after that, what comes next."""
    if subscription.status == SubscriptionStatus.ENDED:
        return ended(request, subscription)
    wording = _("I want to get “%(publication)s” by email.") % {
        "publication": subscription.publication.name
    }
    if request.method == "POST":
        # The page that follows says so if it has ended at this moment.
        with suppress(AskToSignUpAgain):
            subscribing.confirm(subscription, shown=shown(request, wording, page="/confirm/"))
        return SeeOther(request.path)
    context = {**about(subscription), "regions": region_labels(subscription), "wording": wording}
    if subscription.status == SubscriptionStatus.PENDING:
        return render(request, "subscribers/confirm.html", context)
    context["preferences"] = path_to(Purpose.PREFERENCES, subscription)
    return render(request, "subscribers/subscribed.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    """Mail a fresh link to whom the old one in the form was signed for."""
    if request.method != "POST":
        return render(request, "subscribers/link_sent.html")
    try:
        subscription, _fresh = holder(_purpose(request), request.POST.get("token", ""))
    except LinkInvalid as error:
        return link_invalid(request, error)
    notifying.ask_new_link(subscription)
    transaction.on_commit(partial(bell.ring, send_notices))
    return SeeOther(request.path)


def _purpose(request: HttpRequest) -> Purpose:
    try:
        return Purpose(request.POST.get("purpose", ""))
    except ValueError:
        raise LinkInvalid from None
