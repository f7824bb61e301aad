"""End a subscription: with the button on the page, or with the one of a mail program."""

from __future__ import annotations

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from subscribers import tokens
from subscribers.models import Subscription, SubscriptionStatus
from subscribers.services.leaving import PAGE, WORDING
from subscribers.services.unsubscribing import end
from subscribers.tokens import Purpose
from subscribers.views.answers import shown
from subscribers.views.token_pages import about, subscription_page


@csrf_exempt  # RFC 8058: the token alone has to do, no mail program has a cookie of ours.
@require_http_methods(["GET", "HEAD", "POST"])
@subscription_page(Purpose.UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """A button; a post here, by the page's button or a mail program, is done at once."""
    question = _("Unsubscribe from “%(publication)s”?") % {
        "publication": subscription.publication.name
    }
    if request.method == "POST":
        wording, page = (question, "/unsubscribe/") if by_button(request) else (WORDING, PAGE)
        end(subscription, shown=shown(request, wording, page=page))
    # The link lives for ever and mail is forwarded: it ends the subscription and does no more.
    # Readers who would rather change it get a link for that by email.
    token = tokens.sign(Purpose.UNSUBSCRIBE, subscription.public_id)
    context = {
        **about(subscription),
        "wording": question,
        "purpose": Purpose.UNSUBSCRIBE,
        "token": token,
    }
    if subscription.status == SubscriptionStatus.ENDED:
        return render(request, "subscribers/unsubscribed.html", context)
    return render(request, "subscribers/unsubscribe.html", context)


def by_button(request: HttpRequest) -> bool:
    """Whether the page's own button was pressed. A body that cannot be read is not a reason
    to keep anybody: it came from a mail program."""
    try:
        return "button" in request.POST
    except (MultiPartParserError, BadRequest, SuspiciousOperation):
        return False
