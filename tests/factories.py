"""Regions, publications and readers for tests, in as few words as a test needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils import timezone

from subscribers.models import (
    Change,
    InterestSet,
    Level,
    Notice,
    NoticeKind,
    Publication,
    Region,
    RegionKind,
    SignUpRequest,
    Subscriber,
    Subscription,
)

_numbers = itertools.count(1)
#: What of a publication is said in its languages.
TEXTS = ("name", "description", "privacy_url")


def make_region(
    code: str = "ML-1",
    *,
    name_en: str = "",
    name_fr: str = "",
    kind: str = RegionKind.ADMIN1,
    parent: Region | None = None,
) -> Region:
    """The region with this code: the stored one, or a new one right below the world."""
    names = {"en": name_en or code, "fr": name_fr or name_en or code}
    if kind != RegionKind.WORLD and parent is None:
        parent = _world()
    region, _created = Region.objects.get_or_create(
        code=code, defaults={"names": names, "kind": kind, "parent": parent}
    )
    return region


def make_publication(*, regions: Iterable[Region | str] = (), **fields: object) -> Publication:
    """A publication of its own that offers `regions`, given as such or by their codes.

    Its texts that are given as plain words are the same in English and French.
    """
    number = next(_numbers)
    publication = Publication.objects.create(
        **{
            "slug": f"dispatch-{number}",
            "name": _texts("Sahel Dispatch"),
            "from_name": "Sahel Desk",
            "from_address": "desk@news.example.org",
            "reply_to": "editor@example.org",
            "postal_address": "12 Example Street, Bamako",
            "list_id": f"dispatch-{number}.news.example.org",
            **{name: _texts(said) if name in TEXTS else said for name, said in fields.items()},
        }
    )
    publication.regions.set(_regions(regions))
    return publication


def make_subscriber(address: str = "", **fields: object) -> Subscriber:
    """The subscriber with this address: the stored one, or a new one."""
    address = address or f"reader{next(_numbers)}@example.org"
    subscriber, _created = Subscriber.objects.get_or_create(
        mailbox=address.lower(), defaults={"address": address, **fields}
    )
    return subscriber


def make_subscription(
    *,
    publication: Publication | None = None,
    regions: Mapping[str, str] | Iterable[Region | str] = ("ML-1",),
    status: str = "active",
    address: str = "",
    **fields: object,
) -> Subscription:
    """A reader's subscription; `publication` offers their regions from then on.

    They want everything on each of `regions`, or as much as a mapping says.
    """
    publication = publication or make_publication()
    chosen = _regions(regions)
    if isinstance(regions, Mapping):
        levels = dict(zip(chosen, map(Level, regions.values()), strict=True))
    else:
        levels = dict.fromkeys(chosen, Level.ALL)
    publication.regions.add(*chosen)
    return Subscription.objects.create(
        subscriber=make_subscriber(address),
        publication=publication,
        interest_set=InterestSet.objects.of(levels),
        status=status,
        **{**_facts_of(status), **fields},
    )


def make_request(subscription: Subscription | None = None, **fields: object) -> SignUpRequest:
    """A request that is answered and waits for its confirmation, as `subscription` stands."""
    subscription = subscription or make_subscription(status="pending")
    return SignUpRequest.objects.create(
        **{
            "publication": subscription.publication,
            "subscription": subscription,
            "interest_set": subscription.interest_set,
            "language": subscription.language,
            "mail_format": subscription.mail_format,
            "wording": "Yes, send it to me.",
            "page_language": "en",
            "expires_at": timezone.now() + timedelta(days=7),
            **fields,
        }
    )


def make_notice(subscription: Subscription, kind: str = NoticeKind.CONFIRM) -> Notice:
    """A notice that is owed now; to confirm, with the request that it is about."""
    request = make_request(subscription) if kind == NoticeKind.CONFIRM else None
    change = make_change(subscription) if kind == NoticeKind.CHANGED else None
    return Notice.objects.create(
        subscription=subscription, kind=kind, request=request, change=change
    )


def make_change(subscription: Subscription, **fields: object) -> Change:
    """A change by a link: until then the subscription was about the whole world."""
    return Change.objects.create(
        **{
            "subscription": subscription,
            "was_active": True,
            "interest_set": InterestSet.objects.of([_world()]),
            "language": subscription.language,
            "mail_format": subscription.mail_format,
            **fields,
        }
    )


def _texts(said: object) -> object:
    return dict.fromkeys(("en", "fr"), said) if isinstance(said, str) else said


def _facts_of(status: str) -> dict[str, object]:
    now = timezone.now()
    if status == "active":
        return {"confirmed_at": now}
    if status == "ended":
        return {"confirmed_at": now, "ended_at": now, "ended_reason": "unsubscribed"}
    return {}


def _regions(regions: Iterable[Region | str]) -> list[Region]:
    return [make_region(region) if isinstance(region, str) else region for region in regions]


def _world() -> Region:
    names = {"en": "World", "fr": "Monde"}
    world, _created = Region.objects.get_or_create(
        code="001", defaults={"names": names, "kind": RegionKind.WORLD}
    )
    return world
