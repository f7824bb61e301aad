"""End a subscription."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from subscribers.models import (
    ConsentKind,
    EndedReason,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import changing, consenting
from subscribers.services.consenting import Shown


@transaction.atomic
def end(
    subscription: Subscription,
    *,
    reason: EndedReason = EndedReason.UNSUBSCRIBED,
    shown: Shown,
) -> bool:
    """End `subscription`; whether it went on until now. The first reason and time stay.

    Where its reader unsubscribes they are told, as it may have been somebody with a link of theirs.
    """
    if reason == EndedReason.UNSUBSCRIBED:
        standing = changing.locked(subscription)
        if standing.status == SubscriptionStatus.ACTIVE:
            changing.remember(standing)
    going_on = Subscription.objects.filter(pk=subscription.pk).exclude(
        status=SubscriptionStatus.ENDED
    )
    ended = going_on.update(
        status=SubscriptionStatus.ENDED, ended_reason=reason, ended_at=timezone.now()
    )
    subscription.refresh_from_db(fields=("status", "ended_reason", "ended_at"))
    if ended:
        changing.withdraw_requests([subscription.pk])
        consenting.record(subscription, ConsentKind.ENDED, shown, reason=reason)
    return bool(ended)


@transaction.atomic
def end_all(subscriptions: Collection[int], *, reason: EndedReason, shown: Shown) -> int:
    """End those of `subscriptions` (ids) that go on, in a few queries; how many did."""
    going_on = Subscription.objects.filter(pk__in=subscriptions).exclude(
        status=SubscriptionStatus.ENDED
    )
    ended = list(going_on.select_for_update().order_by("pk"))
    meant = [subscription.pk for subscription in ended]
    Subscription.objects.filter(pk__in=meant).update(
        status=SubscriptionStatus.ENDED, ended_reason=reason, ended_at=timezone.now()
    )
    changing.withdraw_requests(meant)
    consenting.record_all(ended, ConsentKind.ENDED, shown, reason=reason)
    return len(ended)
