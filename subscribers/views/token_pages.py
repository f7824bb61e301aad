"""Pages that a link in a mail opens: its token says whose subscription they are about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from subscribers import tokens
from subscribers.addresses import mask
from subscribers.collation import in_order
from subscribers.errors import LinkEnded, LinkExpired, LinkInvalid, LinkOutlived
from subscribers.languages import spoken_to
from subscribers.models import InterestSet, Subscription, SubscriptionStatus, with_level
from subscribers.regions import RegionTree
from subscribers.services.subscribing import find
from subscribers.services.suppressing import suppression_of
from subscribers.tokens import Purpose

Subject = TypeVar("Subject")

HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    # No other site learns the address of the page. Under “no-referrer” browsers send
    # “Origin: null” with the page's own form, and Django refuses that as forged.
    "Referrer-Policy": "same-origin",
}


Page = Callable[..., HttpResponse]
#: Answers for what a token stands for.
TokenView = Callable[[HttpRequest, Subject], HttpResponse]
#: What a token stands for, and the language of its reader.
Found = tuple[Subject, str]


def token_page(find: Callable[[str], Found[Subject]]) -> Callable[[TokenView[Subject]], Page]:
    """Let the decorated view answer for what `find` makes of the token in the address.

    The view speaks its reader's language. A token that opens nothing is answered here: 404 for
    one we never signed, 410 and a way to a fresh one for an old one.
    """

    def decorate(view: TokenView[Subject]) -> Page:
        @wraps(view)
        def page(request: HttpRequest, token: str) -> HttpResponse:
            try:
                subject, language = find(token)
            except LinkExpired as expired:
                return _private(_link_expired(request, expired, token))
            except LinkInvalid as error:
                return _private(link_invalid(request, error))
            with override(spoken_to(language)):
                answer = view(request, subject)
                answer.headers["Content-Language"] = get_language() or ""
            return _private(answer)

        return page

    return decorate


def subscription_page(purpose: Purpose) -> Callable[[TokenView[Subscription]], Page]:
    """The same for pages about the subscription that a token for `purpose` was signed for."""

    def opened(token: str) -> Found[Subscription]:
        public_id, generation = tokens.read_generation(purpose, token)
        subscription = find(public_id)
        has_ended = generation != subscription.subscriber.link_generation
        # Leaving harms nobody, and the law wants it easy: those links work for ever.
        if purpose == Purpose.PREFERENCES and has_ended:
            raise LinkEnded(public_id, purpose)
        return subscription, subscription.language

    return token_page(opened)


def holder(purpose: Purpose, token: str) -> Subscription:
    """The subscription that `token` was signed for, however long ago.

    Raises:
        LinkInvalid: we never signed it for `purpose`, or the subscription is gone.
    """
    try:
        return find(tokens.read(purpose, token))
    except LinkExpired as expired:
        return find(expired.public_id)


def unsubscribe_path(subscription: Subscription) -> str:
    """Of all links, a page hands out this one alone: who ends it harms nobody."""
    token = tokens.sign(Purpose.UNSUBSCRIBE, subscription.public_id)
    return reverse("subscribers:unsubscribe", kwargs={"token": token})


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
        # Told to people with a link from their mail, and to no stranger.
        "suppression": suppression_of(subscription.subscriber.mailbox),
    }


def region_labels(interest_set: InterestSet) -> list[str]:
    """The regions in the active language, each with its country and level, in order."""
    language = get_language() or "en"
    levels = interest_set.levels
    tree = RegionTree.around(list(levels))
    return in_order(with_level(tree.label(code, language), levels[code]) for code in levels)


def _link_expired(request: HttpRequest, expired: LinkExpired, token: str) -> HttpResponse:
    try:
        subscription = find(expired.public_id)
    except LinkOutlived as error:
        return link_invalid(request, error)
    with override(spoken_to(subscription.language)):
        if subscription.status == SubscriptionStatus.ENDED:
            answer = ended(request, subscription)
        else:
            has_ended = isinstance(expired, LinkEnded)
            title = _("This link has ended") if has_ended else _("This link is too old")
            context = {
                **about(subscription),
                "title": title,
                "purpose": expired.purpose,
                "token": token,
            }
            answer = render(request, "subscribers/link_expired.html", context, status=410)
        answer.headers["Content-Language"] = get_language() or ""
        return answer


def _private(answer: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer
