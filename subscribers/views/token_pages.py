"""Pages that a link in a mail opens: its token says whose subscription they are about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override

from subscribers import tokens
from subscribers.addresses import mask
from subscribers.collation import in_order
from subscribers.errors import LinkExpired, LinkInvalid, LinkOutlived
from subscribers.models import Subscription, SubscriptionStatus
from subscribers.regions import RegionTree
from subscribers.services.subscribing import find
from subscribers.tokens import Purpose

HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    # No other site learns the address of the page. Under “no-referrer” browsers send
    # “Origin: null” with the page's own form, and Django refuses that as forged.
    "Referrer-Policy": "same-origin",
}


class TokenView(Protocol):
    def __call__(self, request: HttpRequest, subscription: Subscription) -> HttpResponse: ...


Page = Callable[..., HttpResponse]


def token_page(purpose: Purpose) -> Callable[[TokenView], Page]:
    """Let the decorated view answer for the subscription whose token stands in the address.

    The view speaks its subscriber's language. A token that is not good for `purpose` is
    answered here: 404 for one we never signed, 410 and a way to a fresh one for an old one.
    """

    def decorate(view: TokenView) -> Page:
        @wraps(view)
        def page(request: HttpRequest, token: str) -> HttpResponse:
            try:
                subscription, fresh = holder(purpose, token)
            except LinkInvalid as error:
                return _private(link_invalid(request, error))
            with override(subscription.subscriber.language):
                answer = (
                    view(request, subscription)
                    if fresh
                    else _link_expired(request, subscription, purpose, token)
                )
                answer.headers["Content-Language"] = get_language() or ""
            return _private(answer)

        return page

    return decorate


def holder(purpose: Purpose, token: str) -> tuple[Subscription, bool]:
    """The subscription that `token` was signed for, and whether the token is still good.

    Raises:
        LinkInvalid: we never signed it for `purpose`, or the subscription is gone.
    """
    try:
        return find(tokens.read(purpose, token)), True
    except LinkExpired as expired:
        return find(expired.public_id), False


def path_to(purpose: Purpose, subscription: Subscription) -> str:
    """The path of the page for `purpose`, with a token of its own."""
    token = tokens.sign(purpose, subscription.public_id)
    return reverse(f"subscribers:{purpose}", kwargs={"token": token})


def link_invalid(request: HttpRequest, error: LinkInvalid) -> HttpResponse:
    context = {"error": error, "outlived": isinstance(error, LinkOutlived)}
    return render(request, "subscribers/link_invalid.html", context, status=404)


def ended(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    return render(request, "subscribers/ended.html", about(subscription))


def about(subscription: Subscription) -> dict[str, Any]:
    """What the pages may tell of `subscription`; the address only so that its owner knows it."""
    return {
        "subscription": subscription,
        "publication": subscription.publication,
        "address": mask(subscription.subscriber.address),
    }


def region_labels(subscription: Subscription) -> list[str]:
    """The chosen regions in the active language, each with its country, in order."""
    tree, language = RegionTree.load(), get_language() or "en"
    codes = subscription.region_set.regions.values_list("code", flat=True)
    return in_order(tree.label(code, language) for code in codes)


def _link_expired(
    request: HttpRequest, subscription: Subscription, purpose: Purpose, token: str
) -> HttpResponse:
    if subscription.status == SubscriptionStatus.ENDED:
        return ended(request, subscription)
    context = {**about(subscription), "purpose": purpose, "token": token}
    return render(request, "subscribers/link_expired.html", context, status=410)


def _private(answer: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer
