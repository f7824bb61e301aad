"""What a reader wants: regions, language, format, time zone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from subscribers.errors import AskForOtherRegions, AskForRegions, AskToSignUpAgain
from subscribers.models import (
    ConsentKind,
    Interests,
    InterestSet,
    Publication,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.regions.offering import are_covered
from subscribers.services import changing, consenting
from subscribers.services.consenting import Shown


def interests(
    publication: Publication, regions: Interests, *, held: InterestSet | None = None
) -> InterestSet:
    """The shared set of `regions`, all of which `publication` covers or `held` has in it.

    Raises:
        AskForRegions: there is none.
        AskForOtherRegions: one of them is not to be had.
    """
    if not regions:
        raise AskForRegions
    theirs = set(held.regions.values_list("pk", flat=True)) if held is not None else ()
    if not are_covered(publication, [region for region in regions if region.pk not in theirs]):
        raise AskForOtherRegions
    return InterestSet.objects.of(regions)


@transaction.atomic
def change(
    subscription: Subscription,
    *,
    regions: Interests,
    language: str,
    mail_format: str,
    time_zone: str = "",
    only_on_change: bool = False,
    paused_until: date | None = None,
    shown: Shown,
) -> None:
    """Let `subscription` be about `regions`, and write to its reader as they now prefer.

    An empty `time_zone` is the publication's. Until the day `paused_until` they are not mailed.
    A region that they have already stays to be had, though it is offered to nobody else.

    Raises:
        AskForRegions: no region is chosen.
        AskForOtherRegions: one of them is not to be had.
        AskToSignUpAgain: the subscription has ended.
    """
    interest_set = interests(subscription.publication, regions, held=subscription.interest_set)
    standing = changing.locked(subscription)
    if standing.status == SubscriptionStatus.ENDED:
        raise AskToSignUpAgain
    reader = Subscriber.objects.filter(pk=subscription.subscriber_id)
    own = Subscription.objects.filter(pk=subscription.pk)
    chosen: dict[str, Any] = {
        "interest_set": interest_set,
        "language": language,
        "mail_format": mail_format,
        "only_on_change": only_on_change,
        "paused_until": paused_until,
    }
    as_it_was = reader.filter(time_zone=time_zone).exists() and own.filter(**chosen).exists()
    if not as_it_was:
        changing.remember(standing)
    reader.update(time_zone=time_zone)
    own.update(**chosen)
    subscription.refresh_from_db(fields=("status", *chosen))
    subscription.subscriber.refresh_from_db(fields=("time_zone",))
    consenting.record(subscription, ConsentKind.CHANGED, shown)
