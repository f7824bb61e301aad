from __future__ import annotations

from datetime import timedelta
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
    Publication,
    Region,
    SignUp,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    SuppressionReason,
)
from subscribers.services import subscribing, unsubscribing
from subscribers.services.clone_guard import register
from subscribers.services.consenting import Shown, cut_network
from subscribers.services.suppressing import suppress
from tests.factories import make_publication, make_region, make_request, make_subscription
from tests.subscribers.asking import ADDRESS, ask, asked, chosen

pytestmark = pytest.mark.django_db


# Asking


def test_a_request_keeps_what_its_form_showed(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes, address="Reader@Example.ORG", language="fr", mail_format="text")

    request = SignUpRequest.objects.get()
    assert (request.address, request.language, request.mail_format) == (
        "Reader@example.org",
        "fr",
        "text",
    )
    assert (request.wording, request.page_language, request.page, request.network) == (
        "Yes, send it to me.",
        "en",
        "/dispatch/",
        "192.0.2.0/24",
    )
    assert list(request.interest_set.regions.all()) == [kayes]


@pytest.mark.parametrize("state", ["pending", "active", "ended", "suppressed"])
def test_a_known_address_is_taken_with_the_very_queries_of_a_new_one(
    publication: Publication, kayes: Region, state: str
) -> None:
    if state == "suppressed":
        suppress(ADDRESS, reason=SuppressionReason.BOUNCED)
    else:
        make_subscription(publication=publication, regions=[kayes], address=ADDRESS, status=state)

    def queries(address: str) -> list[str]:
        with CaptureQueriesContext(connection) as counted:
            ask(publication, kayes, address=address)
        texts = [query["sql"].split(" WHERE ")[0].split(" VALUES ")[0] for query in counted]
        return [text for text in texts if "SAVEPOINT" not in text]

    ask(publication, kayes, address="first@example.org")  # stores the set of regions
    assert queries(ADDRESS) == queries("stranger@example.org")


def test_a_request_that_is_not_counted_changes_nothing(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    for _ in range(2):
        ask(publication, kayes)

    ask(publication, segou)

    assert SignUpRequest.objects.count() == 2
    assert not SignUpRequest.objects.filter(interest_set__regions=segou).exists()


def test_no_region_is_asked_about(publication: Publication) -> None:
    with pytest.raises(AskForRegions):
        ask(publication)

    assert not SignUpRequest.objects.exists()


def test_a_region_that_is_not_offered_is_asked_about(
    publication: Publication, kayes: Region
) -> None:
    with pytest.raises(AskForOtherRegions):
        ask(publication, kayes, make_region("SN", name_en="Senegal"))

    assert not SignUpRequest.objects.exists()


def test_an_address_that_cannot_be_reached_is_asked_about(
    publication: Publication, kayes: Region
) -> None:
    with pytest.raises(AskForAnotherAddress):
        ask(publication, kayes, address="josé@example.org")


def test_many_regions_cost_no_more_queries_than_one(publication: Publication) -> None:
    regions = [make_region(f"X-{number}") for number in range(20)]
    publication.regions.add(*regions)
    register()  # which is done once

    def queries(*some: Region) -> int:
        with CaptureQueriesContext(connection) as counted:
            ask(publication, *some, address=f"reader{len(some)}@example.org")
        return len(counted)

    assert queries(*regions) == queries(*regions[:1])


# Confirming


def test_confirming_makes_it_active_once(
    publication: Publication, kayes: Region, shown: Shown
) -> None:
    request = asked(publication, kayes)

    assert subscribing.confirm(request, shown=shown)
    assert not subscribing.confirm(request, shown=shown)

    subscription = Subscription.objects.get()
    assert subscription.status == SubscriptionStatus.ACTIVE
    assert subscription.confirmed_at is not None
    assert request.used_at is not None


def test_what_was_asked_and_what_was_confirmed_are_kept_as_proof(
    publication: Publication, kayes: Region
) -> None:
    request = asked(publication, kayes)

    subscribing.confirm(request, shown=Shown("I want it.", "fr", "/confirm/", "10.0.0.0/24"))

    requested, confirmed = Subscription.objects.get().consent_events.all()
    assert (requested.kind, requested.wording, requested.page, requested.network) == (
        "requested",
        "Yes, send it to me.",
        "/dispatch/",
        "192.0.2.0/24",
    )
    assert requested.at == request.requested_at
    assert (confirmed.kind, confirmed.wording, confirmed.language) == (
        "confirmed",
        "I want it.",
        "fr",
    )
    assert requested.interests == confirmed.interests == {"ML-1": "all"}


def test_a_stranger_who_asks_for_other_regions_does_not_change_what_is_confirmed(
    publication: Publication, kayes: Region, segou: Region, shown: Shown
) -> None:
    own = asked(publication, kayes)
    asked(publication, segou, language="fr", mail_format="text")

    subscribing.confirm(own, shown=shown)

    subscription = Subscription.objects.get()
    assert chosen(subscription) == {"ML-1"}
    assert (subscription.language, subscription.mail_format) == ("en", "html")


def test_each_request_confirms_what_it_showed_in_any_order(
    publication: Publication, kayes: Region, segou: Region, shown: Shown
) -> None:
    first = asked(publication, kayes)
    second = asked(publication, segou, language="fr", mail_format="text")

    subscribing.confirm(second, shown=shown)
    subscribing.confirm(first, shown=shown)
    assert not subscribing.confirm(second, shown=shown)

    subscription = Subscription.objects.get()
    assert chosen(subscription) == {"ML-1"}
    assert subscription.language == "en"


def test_a_request_while_a_reader_is_gone_leaves_when_and_why_they_left(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(
        publication=publication, regions=[kayes], address=ADDRESS, status="ended"
    )
    ended_at = subscription.ended_at

    asked(publication, segou)

    assert chosen(subscription) == {"ML-1"}
    assert (subscription.status, subscription.ended_reason) == ("ended", "unsubscribed")
    assert subscription.ended_at == ended_at


def test_a_reader_who_comes_back_keeps_the_proof_of_when_and_why_they_left(
    publication: Publication, kayes: Region, segou: Region, shown: Shown
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes], address=ADDRESS)
    unsubscribing.end(subscription, shown=shown)

    subscribing.confirm(asked(publication, segou), shown=shown)

    assert chosen(subscription) == {"ML-4"}
    assert (subscription.status, subscription.ended_at) == (SubscriptionStatus.ACTIVE, None)
    events = list(subscription.consent_events.values_list("kind", "reason"))
    assert events == [("ended", "unsubscribed"), ("requested", ""), ("confirmed", "")]


def test_no_link_from_before_brings_back_who_left(
    publication: Publication, kayes: Region, segou: Region, shown: Shown
) -> None:
    used, unused = asked(publication, kayes), asked(publication, segou)
    subscribing.confirm(used, shown=shown)
    unsubscribing.end(Subscription.objects.get(), shown=shown)
    ask(publication, kayes)

    assert not subscribing.confirm(used, shown=shown)
    assert not subscribing.confirm(unused, shown=shown)

    assert Subscription.objects.get().status == SubscriptionStatus.ENDED


def test_a_request_that_is_erased_at_this_moment_cannot_be_confirmed(shown: Shown) -> None:
    request = make_request()
    Subscription.objects.all().delete()

    with pytest.raises(AskToSignUpAgain):
        subscribing.confirm(request, shown=shown)


def test_confirming_clears_what_is_counted_against_the_mailbox(
    publication: Publication, kayes: Region, shown: Shown
) -> None:
    subscribing.confirm(asked(publication, kayes), shown=shown)
    others = [make_publication(regions=[kayes]) for _ in range(2)]

    for other in others:
        ask(other, kayes)

    assert SignUpRequest.objects.filter(publication__in=others).count() == 2
    assert SignUp.objects.filter(confirmed=True).count() == 1


# Finding


def test_a_subscription_is_found_by_its_public_id(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    assert subscribing.find(subscription.public_id) == subscription


def test_a_link_whose_request_is_gone_is_said_to_have_outlived_it() -> None:
    for find in (subscribing.find, subscribing.find_request):
        with pytest.raises(LinkOutlived):
            find(uuid4())


def test_a_request_is_found_until_it_expires() -> None:
    request = make_request()
    assert subscribing.find_request(request.public_id) == request

    SignUpRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(LinkOutlived):
        subscribing.find_request(request.public_id)


def test_a_request_that_nobody_answered_yet_opens_nothing(
    publication: Publication, kayes: Region
) -> None:
    ask(publication, kayes)

    with pytest.raises(LinkOutlived):
        subscribing.find_request(SignUpRequest.objects.get().public_id)
    assert not Subscriber.objects.exists()


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
