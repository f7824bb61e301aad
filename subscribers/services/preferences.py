"""What a reader wants: regions, language, format, time zone."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from subscribers.errors import AskForOtherRegions, AskForRegions, AskToSignUpAgain
from subscribers.models import (
    ConsentKind,
    Publication,
    Region,
    RegionSet,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import changing, consenting
from subscribers.services.consenting import Shown


def interests(
    publication: Publication, regions: Collection[Region], *, held: RegionSet | None = None
) -> RegionSet:
    """The shared set of `regions`, all of which `publication` offers or `held` has in it.

    Raises:
        AskForRegions: there is none.
        AskForOtherRegions: one of them is not to be had.
    """
    if not regions:
        raise AskForRegions
    to_be_had = set(publication.regions.values_list("pk", flat=True))
    if held is not None:
        to_be_had.update(held.regions.values_list("pk", flat=True))
    if not to_be_had.issuperset(region.pk for region in regions):
        raise AskForOtherRegions
    return RegionSet.objects.of(regions)


@transaction.atomic
def change(
    subscription: Subscription,
    *,
    regions: Collection[Region],
    language: str,
    mail_format: str,
    time_zone: str = "",
    shown: Shown,
) -> None:
    """Let `subscription` be about `regions`, and write to its reader as they now prefer.

    An empty `time_zone` is the publication's.
    A region that they have already stays to be had, though it is offered to nobody else.

    Raises:
        AskForRegions: no region is chosen.
        AskForOtherRegions: one of them is not to be had.
        AskToSignUpAgain: the subscription has ended.
    """
    region_set = interests(subscription.publication, regions, held=subscription.region_set)
    standing = changing.locked(subscription)
    if standing.status == SubscriptionStatus.ENDED:
        raise AskToSignUpAgain
    wishes = {"language": language, "mail_format": mail_format, "time_zone": time_zone}
    reader = Subscriber.objects.filter(pk=subscription.subscriber_id)
    if standing.region_set_id != region_set.pk or not reader.filter(**wishes).exists():
        changing.remember(standing)
    reader.update(**wishes)
    Subscription.objects.filter(pk=subscription.pk).update(region_set=region_set)
    subscription.refresh_from_db(fields=("status", "region_set"))
    subscription.subscriber.refresh_from_db(fields=("language", "mail_format", "time_zone"))
    consenting.record(subscription, ConsentKind.CHANGED, shown)
