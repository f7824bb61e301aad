from __future__ import annotations

import pytest

from subscribers.errors import AskForOtherRegions, AskForRegions, AskToSignUpAgain
from subscribers.models import InterestSet, Publication, Region, Subscription
from subscribers.services import preferences
from subscribers.services.consenting import Shown
from tests.factories import make_region, make_subscription

pytestmark = pytest.mark.django_db


def change(subscription: Subscription, *regions: Region) -> None:
    preferences.change(
        subscription,
        regions=regions,
        language="fr",
        mail_format="text",
        shown=Shown("Save", "fr", "/preferences/"),
    )


def test_another_newsletter_of_the_same_reader_stays_in_its_language(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes])
    other = make_subscription(address=subscription.subscriber.address, language="ar")

    change(subscription, segou)

    other.refresh_from_db()
    assert (other.language, other.mail_format) == ("ar", "html")


@pytest.mark.parametrize("status", ["pending", "active"])
def test_a_reader_changes_what_they_get(
    publication: Publication, kayes: Region, segou: Region, status: str
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes], status=status)

    change(subscription, segou)

    stored = Subscription.objects.get()
    for it in (stored, subscription):
        assert it.interest_set == InterestSet.objects.of([segou])
        assert (it.language, it.mail_format) == ("fr", "text")
    assert stored.status == status


def test_a_change_is_kept_as_proof_with_the_regions(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes])

    change(subscription, segou, kayes)

    event = subscription.consent_events.get()
    assert (event.kind, event.interests) == ("changed", {"ML-1": "all", "ML-4": "all"})


def test_readers_who_choose_the_same_share_one_set(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    one = make_subscription(publication=publication, regions=[kayes])
    two = make_subscription(publication=publication, regions=[segou])

    change(one, kayes, segou)
    change(two, segou, kayes)

    assert one.interest_set_id == two.interest_set_id


def test_the_set_that_a_reader_leaves_stays_as_it_is_for_the_others(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    one = make_subscription(publication=publication, regions=[kayes])
    two = make_subscription(publication=publication, regions=[kayes])

    change(one, segou)

    assert list(two.interest_set.regions.all()) == [kayes]


def test_no_region_is_asked_about(publication: Publication) -> None:
    with pytest.raises(AskForRegions):
        change(make_subscription(publication=publication))


def test_a_region_that_is_not_offered_is_asked_about(
    publication: Publication, kayes: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes])

    with pytest.raises(AskForOtherRegions):
        change(subscription, make_region("SN"))

    subscription.refresh_from_db()
    assert subscription.interest_set == InterestSet.objects.of([kayes])


def test_nothing_of_an_ended_subscription_changes(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes], status="ended")

    with pytest.raises(AskToSignUpAgain):
        change(subscription, segou)

    subscription.refresh_from_db()
    assert subscription.interest_set == InterestSet.objects.of([kayes])
    assert subscription.language == "en"
    assert not subscription.consent_events.exists()


def test_a_region_that_is_no_longer_offered_can_be_kept(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    subscription = make_subscription(publication=publication, regions=[kayes])
    publication.regions.remove(kayes)

    change(subscription, kayes, segou)

    assert subscription.interest_set == InterestSet.objects.of([kayes, segou])
