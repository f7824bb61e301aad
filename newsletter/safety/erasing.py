"""Forget those who asked for a newsletter and never confirmed it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from newsletter.models import Delivery, Mailing, MailingState
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    EndedReason,
    Notice,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.tokens import LIFETIMES, Purpose

#: A request goes when no link to confirm it works any more.
KEPT_FOR = LIFETIMES[Purpose.CONFIRM]
#: How long before its freeze a mailing keeps the requests of its publication as they are.
_AHEAD = timedelta(minutes=1)


def someone_to_erase() -> bool:
    return _unconfirmed().exists()


@transaction.atomic
def erase_unconfirmed(limit: int = 1000) -> int:
    """Erase up to `limit` requests that nobody confirmed in time; how many there were.

    All that is known of such a person goes with their request. One who is in the ledger, or
    has confirmed before, is known for another reason: their request ends, and the proof of
    what they once agreed to stays. Doing it again does nothing.
    """
    asked = _unconfirmed().order_by("pk").values_list("subscriber", flat=True)[:limit]
    # The subscriber before the subscription, as a sign-up locks them. A reader who signs up or
    # confirms at this moment is left alone.
    people = _lock(Subscriber.objects.filter(pk__in=list(asked)))
    requests = _lock(_unconfirmed().filter(subscriber__in=people))
    _end(Subscription.objects.filter(_is_known(), pk__in=requests))
    _delete(Subscription.objects.filter(~_is_known(), pk__in=requests), people)
    return len(requests)


def _unconfirmed() -> QuerySet[Subscription]:
    now = timezone.now()
    # A freeze copies references that the database does not check: none may go meanwhile.
    freezing = Q(state__in=(MailingState.HELD, MailingState.FREEZING))
    freezing |= Q(state=MailingState.SCHEDULED, scheduled_at__lte=now + _AHEAD)
    freezing |= Q(left_to_freeze__gt=0)
    mailings = Mailing.objects.filter(freezing, issue__publication=OuterRef("publication"))
    fresh_links = SignUpRequest.objects.filter(subscription=OuterRef("pk"), expires_at__gt=now)
    return Subscription.objects.filter(
        ~Exists(fresh_links),
        ~Exists(mailings),
        status=SubscriptionStatus.PENDING,
        requested_at__lte=now - KEPT_FOR,
    )


def _lock(rows: QuerySet[Subscriber] | QuerySet[Subscription]) -> list[int]:
    """The keys of those of `rows` that nobody else holds; they are ours until the end."""
    return list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))


def _is_known() -> Q:
    in_the_ledger = Delivery.objects.filter(subscriber=OuterRef("subscriber"))
    agreed = ConsentEvent.objects.filter(subscription=OuterRef("pk"), kind=ConsentKind.CONFIRMED)
    return Q(Exists(in_the_ledger)) | Q(Exists(agreed))


def _end(requests: QuerySet[Subscription]) -> None:
    requests.update(
        status=SubscriptionStatus.ENDED,
        ended_reason=EndedReason.UNCONFIRMED,
        ended_at=timezone.now(),
    )


def _delete(requests: QuerySet[Subscription], people: Collection[int]) -> None:
    """Delete `requests`, and those of `people` who then have no subscription."""
    gone = list(requests.values_list("pk", flat=True))
    # Statements of our own: to be sure that nothing refers to a subscription, Django would
    # read the whole ledger, which has no index by it. That was looked at by subscriber.
    Notice.objects.filter(subscription__in=gone)._raw_delete(DEFAULT_DB_ALIAS)
    SignUpRequest.objects.filter(subscription__in=gone)._raw_delete(DEFAULT_DB_ALIAS)
    ConsentEvent.objects.filter(subscription__in=gone)._raw_delete(DEFAULT_DB_ALIAS)
    Subscription.objects.filter(pk__in=gone)._raw_delete(DEFAULT_DB_ALIAS)
    others = Subscription.objects.filter(subscriber=OuterRef("pk"))
    alone = Subscriber.objects.filter(~Exists(others), pk__in=people)
    alone._raw_delete(DEFAULT_DB_ALIAS)
