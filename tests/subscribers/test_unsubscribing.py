from __future__ import annotations

import pytest

from subscribers.models import EndedReason, Publication, Subscription, SubscriptionStatus
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end, end_all
from tests.factories import make_publication, make_subscription

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["pending", "active"])
def test_a_subscription_ends_with_a_reason_and_proof(
    publication: Publication, shown: Shown, status: str
) -> None:
    subscription = make_subscription(publication=publication, status=status)

    assert end(subscription, shown=shown)

    stored = Subscription.objects.get()
    assert stored.status == subscription.status == SubscriptionStatus.ENDED
    assert stored.ended_reason == EndedReason.UNSUBSCRIBED
    assert stored.ended_at is not None
    event = stored.consent_events.get()
    assert (event.kind, event.wording) == ("ended", shown.wording)


def test_the_first_reason_and_time_stay(publication: Publication, shown: Shown) -> None:
    subscription = make_subscription(publication=publication)
    end(subscription, reason=EndedReason.COMPLAINED, shown=shown)
    ended_at = subscription.ended_at

    assert not end(subscription, reason=EndedReason.REMOVED, shown=shown)

    subscription.refresh_from_db()
    assert subscription.ended_reason == EndedReason.COMPLAINED
    assert subscription.ended_at == ended_at
    assert subscription.consent_events.count() == 1


def test_what_was_loaded_before_it_ended_does_not_end_it_again(
    publication: Publication, shown: Shown
) -> None:
    subscription = make_subscription(publication=publication)
    loaded_before = Subscription.objects.get()
    end(subscription, shown=shown)

    assert not end(loaded_before, reason=EndedReason.BOUNCED, shown=shown)

    assert loaded_before.ended_reason == EndedReason.UNSUBSCRIBED


def test_leaving_one_publication_leaves_no_other(publication: Publication, shown: Shown) -> None:
    subscription = make_subscription(publication=publication, address="reader@example.org")
    other = make_subscription(publication=make_publication(), address="reader@example.org")

    end(subscription, shown=shown)

    other.refresh_from_db()
    assert other.status == SubscriptionStatus.ACTIVE


def test_many_end_at_once_each_with_its_proof(publication: Publication, shown: Shown) -> None:
    going_on = [make_subscription(publication=publication, regions=["ML-1"]) for _ in range(2)]
    ended_before = make_subscription(publication=publication)
    end(ended_before, reason=EndedReason.REMOVED, shown=shown)
    left_alone = make_subscription(publication=publication)

    number = end_all(
        [subscription.pk for subscription in (*going_on, ended_before)],
        reason=EndedReason.COMPLAINED,
        shown=shown,
    )

    assert number == 2
    for subscription in going_on:
        subscription.refresh_from_db()
        assert subscription.ended_reason == EndedReason.COMPLAINED
        assert subscription.consent_events.get().interests == {"ML-1": "all"}
    ended_before.refresh_from_db()
    assert ended_before.ended_reason == EndedReason.REMOVED
    left_alone.refresh_from_db()
    assert left_alone.status == SubscriptionStatus.ACTIVE
