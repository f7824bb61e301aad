from __future__ import annotations

import pytest
from django.test import Client

from subscribers.links import stop_url
from subscribers.models import (
    Notice,
    Publication,
    Region,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.services.answering import answer_due
from subscribers.services.suppressing import suppress
from subscribers.tokens import Purpose, sign
from tests.factories import make_change, make_publication, make_subscription
from tests.subscribers.asking import ADDRESS, ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def path() -> str:
    return "/stop/" + stop_url(ADDRESS).split("/stop/")[1]


def test_looking_at_the_page_stops_nothing(client: Client, path: str) -> None:
    assert "Never email me again" in client.get(path).content.decode()
    assert not Suppression.objects.exists()


def test_the_button_keeps_all_email_from_that_address(
    client: Client, path: str, publication: Publication, kayes: Region
) -> None:
    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "We will not email you again" in client.get(path).content.decode()
    ask(publication, kayes)
    answer_due()
    assert not Notice.objects.exists()


def test_of_whom_it_stops_only_a_key_is_kept(client: Client, path: str) -> None:
    client.post(path)

    suppression = Suppression.objects.get()
    assert (suppression.mailbox, suppression.reason) == (None, "asked")


def test_all_subscriptions_of_the_address_end_with_proof(client: Client, path: str) -> None:
    mine = [make_subscription(publication=make_publication(), address=ADDRESS) for _ in range(2)]
    other = make_subscription(publication=make_publication())

    client.post(path)

    for subscription in mine:
        subscription.refresh_from_db()
        assert subscription.ended_reason == "unsubscribed"
        assert subscription.consent_events.get().wording == "Never email this address again?"
    other.refresh_from_db()
    assert other.status == "active"


def test_stopping_is_taken_back_on_the_same_page_and_brings_no_subscription_back(
    client: Client, path: str
) -> None:
    make_subscription(address=ADDRESS)
    client.post(path)

    client.post(path, {"allow": "1"})

    assert not Suppression.objects.exists()
    assert Subscription.objects.get().status == "ended"


def test_a_mailbox_that_bounced_is_not_allowed_again_by_the_page(client: Client, path: str) -> None:
    suppress(ADDRESS, reason=SuppressionReason.BOUNCED)

    client.post(path, {"allow": "1"})

    assert Suppression.objects.get().reason == "bounced"


def test_a_stop_from_another_site_is_refused(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert not Suppression.objects.exists()


def test_no_link_to_undo_a_change_from_before_brings_a_subscription_back(
    client: Client, path: str
) -> None:
    change = make_change(make_subscription(address=ADDRESS))
    client.post(path)

    answer = client.post(f"/undo/{sign(Purpose.UNDO, change.public_id)}/")

    assert answer.status_code == 404
    assert Subscription.objects.get().status == "ended"


def test_a_complaint_is_not_taken_back_by_stopping_and_allowing(client: Client, path: str) -> None:
    suppress(ADDRESS, reason=SuppressionReason.COMPLAINED)

    client.post(path)
    page = client.get(path).content.decode()
    client.post(path, {"allow": "1"})

    assert "We will not email you again" in page
    assert "Allow email again" not in page
    assert Suppression.objects.get().reason == "complained"


def test_it_says_which_address_so_that_only_its_owner_knows_it(client: Client, path: str) -> None:
    make_subscription(publication=make_publication(), address=ADDRESS)

    shown = client.get(path).content.decode()

    assert f"{ADDRESS[0]}•••@" in shown
    assert ADDRESS not in shown


def test_it_says_no_address_of_one_who_was_erased(client: Client, path: str) -> None:
    assert "•••" not in client.get(path).content.decode()
