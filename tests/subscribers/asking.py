"""Requests to subscribe, as the form makes them."""

from __future__ import annotations

from typing import Any

from subscribers.models import Publication, Region, SignUpRequest, Subscription
from subscribers.services import subscribing
from subscribers.services.answering import answer_due
from subscribers.services.consenting import Shown

ADDRESS = "reader@example.org"


def ask(
    publication: Publication,
    *regions: Region,
    address: str = ADDRESS,
    network: str = "192.0.2.0/24",
    **wishes: Any,
) -> None:
    subscribing.request(
        publication=publication,
        address=address,
        regions=regions,
        **{"language": "en", "mail_format": "html", **wishes},
        shown=Shown("Yes, send it to me.", "en", "/dispatch/", network),
    )


def asked(publication: Publication, *regions: Region, **wishes: str) -> SignUpRequest:
    """The request, answered, whose link is now in the mailbox."""
    ask(publication, *regions, **wishes)
    answer_due()
    newest = SignUpRequest.objects.order_by("-pk").first()
    assert newest is not None
    return newest


def chosen(subscription: Subscription) -> set[str]:
    subscription.refresh_from_db()
    return set(subscription.interest_set.regions.values_list("code", flat=True))
