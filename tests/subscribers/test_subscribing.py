from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from subscribers.errors import (
    AskForAnotherAddress,
    AskForOtherRegions,
    AskForRegions,
    AskToSignUpAgain,
    LinkOutlived,
)
from subscribers.models import (
    ConsentEvent,
    Notice,
    NoticeKind,
    Publication,
    Region,
    SignUp,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import subscribing
from subscribers.services.consenting import Shown, cut_network
from subscribers.services.suppressing import suppress
from tests.factories import make_publication, make_region, make_subscription

pytestmark = pytest.mark.django_db

ADDRESS = "reader@example.org"


def ask(publication: Publication, *regions: Region, address: str = ADDRESS, **wishes: str) -> None:
    subscribing.request(
        publication=publication,
        address=address,
        regions=regions,
        **{"language": "en", "mail_format": "html", **wishes},
        shown=Shown("Yes, send it to me.", "en", "/dispatch/", "192.0.2.0/24"),
    )


def chosen(subscription: Subscription) -> set[str]:
    subscription.refresh_from_db()
    return set(subscription.region_set.regions.values_list("code", flat=True))


def notices() -> list[str]:
    return list(Notice.objects.values_list("kind", flat=True))


def test_a_new_address_waits_for_its_confirmation(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes, address="Reader@Example.ORG", language="fr", mail_format="text")

    subscription = Subscription.objects.get()
    assert subscription.status == SubscriptionStatus.PENDING
    assert chosen(subscription) == {"ML-1"}
    subscriber = subscription.subscriber
    assert (subscriber.address, subscriber.mailbox) == ("Reader@example.org", ADDRESS)
    assert (subscriber.language, subscriber.mail_format) == ("fr", "text")
    assert notices() == [NoticeKind.CONFIRM]


def test_what_was_shown_is_kept_as_proof(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes)

    event = ConsentEvent.objects.get()
    assert (event.kind, event.wording, event.language, event.page, event.network) == (
        "requested",
        "Yes, send it to me.",
        "en",
        "/dispatch/",
        "192.0.2.0/24",
    )
    assert event.region_codes == ["ML-1"]


def test_until_it_is_confirmed_the_newest_request_counts(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    ask(publication, kayes)

    ask(publication, segou, address="READER@example.org", language="fr", mail_format="text")

    subscription = Subscription.objects.get()
    assert chosen(subscription) == {"ML-4"}
    assert subscription.subscriber.language == "fr"
    assert subscription.subscriber.mail_format == "text"
    assert notices() == [NoticeKind.CONFIRM] * 2
    assert ConsentEvent.objects.count() == 2


def test_nobody_can_change_an_active_subscription_by_typing_its_address(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes], address=ADDRESS)
    before = _rows()

    ask(publication, segou, language="fr", mail_format="text")

    assert _rows() == before
    assert chosen(subscription) == {"ML-1"}
    assert notices() == [NoticeKind.ALREADY_ACTIVE]


def test_a_reader_of_one_publication_keeps_his_language_when_another_is_asked_for(
    publication: Publication, kayes: Region
) -> None:
    other = make_subscription(publication=make_publication(), address=ADDRESS)

    ask(publication, kayes, language="fr", mail_format="text")

    other.subscriber.refresh_from_db()
    assert (other.subscriber.language, other.subscriber.mail_format) == ("en", "html")
    assert Subscription.objects.get(publication=publication).status == SubscriptionStatus.PENDING


def test_who_left_may_come_back(publication: Publication, kayes: Region, segou: Region) -> None:
    subscription = make_subscription(
        publication=publication, regions=[kayes], address=ADDRESS, status="ended"
    )

    ask(publication, segou)

    assert chosen(subscription) == {"ML-4"}
    assert subscription.status == SubscriptionStatus.PENDING
    assert subscription.confirmed_at is subscription.ended_at is None
    assert subscription.ended_reason == ""
    assert notices() == [NoticeKind.CONFIRM]


def test_a_suppressed_mailbox_is_not_mailed(publication: Publication, kayes: Region) -> None:
    suppress(ADDRESS, reason="asked")

    ask(publication, kayes)

    assert notices() == []


def test_a_mailbox_gets_three_notices_a_day_and_no_more(
    publication: Publication, kayes: Region
) -> None:
    another = make_publication(regions=[kayes])
    for _ in range(3):
        ask(publication, kayes)
        ask(another, kayes, address="Reader@example.org")

    assert len(notices()) == 3


def test_the_next_day_a_mailbox_is_mailed_again(publication: Publication, kayes: Region) -> None:
    for _ in range(3):
        ask(publication, kayes)
    yesterday = timezone.now() - timedelta(hours=25)
    Notice.objects.update(created_at=yesterday)
    SignUp.objects.update(at=yesterday)

    ask(publication, kayes)

    assert len(notices()) == 4


def test_the_flood_to_one_mailbox_does_not_silence_another(
    publication: Publication, kayes: Region
) -> None:
    for _ in range(4):
        ask(publication, kayes)

    ask(publication, kayes, address="another@example.org")

    assert len(notices()) == 4


@pytest.mark.parametrize("status", ["pending", "active", "ended"])
def test_a_known_address_is_answered_like_a_new_one(
    publication: Publication, kayes: Region, status: str
) -> None:
    make_subscription(publication=publication, regions=[kayes], address=ADDRESS, status=status)

    ask(publication, kayes)  # neither an error nor an answer tells the two apart


def test_no_region_is_asked_about(publication: Publication) -> None:
    with pytest.raises(AskForRegions):
        ask(publication)

    assert not Subscriber.objects.exists()


def test_a_region_that_is_not_offered_is_asked_about(
    publication: Publication, kayes: Region
) -> None:
    with pytest.raises(AskForOtherRegions):
        ask(publication, kayes, make_region("SN", name_en="Senegal"))

    assert not Subscriber.objects.exists()


def test_an_address_that_cannot_be_reached_is_asked_about(
    publication: Publication, kayes: Region
) -> None:
    with pytest.raises(AskForAnotherAddress):
        ask(publication, kayes, address="josé@example.org")


def test_many_regions_cost_no_more_queries_than_one(publication: Publication) -> None:
    regions = [make_region(f"X-{number}") for number in range(20)]
    publication.regions.add(*regions)

    def queries(*some: Region) -> int:
        with CaptureQueriesContext(connection) as counted:
            ask(publication, *some, address=f"reader{len(some)}@example.org")
        return len(counted)

    assert queries(*regions) == queries(*regions[:1])


def test_confirming_makes_it_active_once(publication: Publication, shown: Shown) -> None:
    subscription = make_subscription(publication=publication, status="pending")

    assert subscribing.confirm(subscription, shown=shown)
    confirmed_at = subscription.confirmed_at
    assert not subscribing.confirm(subscription, shown=shown)

    assert subscription.status == SubscriptionStatus.ACTIVE
    assert subscription.confirmed_at == confirmed_at is not None
    assert [event.kind for event in subscription.consent_events.all()] == ["confirmed"]


def test_an_ended_subscription_is_not_revived_by_an_old_link(
    publication: Publication, shown: Shown
) -> None:
    subscription = make_subscription(publication=publication, status="ended")

    with pytest.raises(AskToSignUpAgain):
        subscribing.confirm(subscription, shown=shown)

    subscription.refresh_from_db()
    assert subscription.status == SubscriptionStatus.ENDED
    assert not ConsentEvent.objects.exists()


def test_a_request_that_is_erased_at_this_moment_cannot_be_confirmed(
    publication: Publication, shown: Shown
) -> None:
    subscription = make_subscription(publication=publication, status="pending")
    Subscription.objects.all().delete()

    with pytest.raises(AskToSignUpAgain):
        subscribing.confirm(subscription, shown=shown)


def test_a_subscription_is_found_by_its_public_id(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    found = subscribing.find(subscription.public_id)

    assert found == subscription


def test_a_link_whose_request_is_gone_is_said_to_have_outlived_it() -> None:
    with pytest.raises(LinkOutlived):
        subscribing.find(uuid4())


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::1", "::/48"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_network_shows_a_pattern_and_no_person(ip: str, network: str) -> None:
    assert cut_network(ip) == network


def _rows() -> dict[str, list[dict[str, Any]]]:
    models = (Subscriber, Subscription, ConsentEvent)
    return {model.__name__: list(model.objects.values()) for model in models}
