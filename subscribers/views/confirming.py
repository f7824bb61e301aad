"""Confirm from the mailbox, and ask for a fresh link when an old one is too old."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscribers import bell, tokens
from subscribers.errors import AskToSignUpAgain, LinkExpired, LinkInvalid, LinkOutlived
from subscribers.languages import own_name_of
from subscribers.models import SignUpRequest, SubscriptionStatus
from subscribers.services import notifying, subscribing
from subscribers.tasks import send_notices
from subscribers.tokens import Purpose
from subscribers.views.answers import SeeOther, shown
from subscribers.views.token_pages import (
    about,
    ended,
    holder,
    link_invalid,
    region_labels,
    token_page,
)


def _request_of(token: str) -> tuple[SignUpRequest, str]:
    try:
        asked = subscribing.find_request(tokens.read(Purpose.CONFIRM, token))
    except LinkExpired:
        raise LinkOutlived from None
    return asked, asked.language


@require_http_methods(["GET", "HEAD", "POST"])
@token_page(_request_of)
def confirm(request: HttpRequest, asked: SignUpRequest) -> HttpResponse:
    """What is to be confirmed and a button; after that, what comes next."""
    subscription = asked.answered_for
    wording = _("I want to get “%(publication)s” by email.") % {
        "publication": subscription.publication.name
    }
    if request.method == "POST":
        # The page that follows says so if it was withdrawn at this moment.
        with suppress(AskToSignUpAgain):
            subscribing.confirm(asked, shown=shown(request, wording, page="/confirm/"))
        return SeeOther(request.path)
    if asked.used_at is not None:
        return _confirmed(request, asked)
    context = {
        **about(subscription),
        "regions": region_labels(asked.interest_set),
        "language": own_name_of(asked.language),
        "mail_format": asked.get_mail_format_display(),
        "wording": wording,
        "is_active": subscription.status == SubscriptionStatus.ACTIVE,
    }
    return render(request, "subscribers/confirm.html", context)


def _confirmed(request: HttpRequest, asked: SignUpRequest) -> HttpResponse:
    """What is agreed now. The link may have been passed on: it gives no way to change that."""
    subscription = asked.answered_for
    if subscription.status == SubscriptionStatus.ENDED:
        return ended(request, subscription)
    context = {
        **about(subscription),
        "confirmed_at": asked.used_at,
        "regions": region_labels(subscription.interest_set),
        "language": own_name_of(subscription.language),
        "mail_format": subscription.get_mail_format_display(),
    }
    return render(request, "subscribers/subscribed.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    """Mail a fresh link to whom the old one in the form was signed for."""
    if request.method != "POST":
        return render(request, "subscribers/link_sent.html")
    try:
        subscription = holder(_purpose(request), request.POST.get("token", ""))
    except LinkInvalid as error:
        return link_invalid(request, error)
    notifying.ask_new_link(subscription)
    transaction.on_commit(partial(bell.ring, send_notices))
    return SeeOther(request.path)


def _purpose(request: HttpRequest) -> Purpose:
    """What the link in the form is for; only those to a subscription can be sent afresh."""
    try:
        purpose = Purpose(request.POST.get("purpose", ""))
    except ValueError:
        raise LinkInvalid from None
    if purpose not in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE):
        raise LinkInvalid
    return purpose
