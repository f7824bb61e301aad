from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core import signing
from django.test import Client

from subscribers.models import ConsentEvent, Notice, Publication, Region, Subscription
from subscribers.tokens import Purpose, sign
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(publication: Publication, kayes: Region) -> Subscription:
    return make_subscription(
        publication=publication, regions=[kayes], status="pending", address="reader@example.org"
    )


def path_for(subscription: Subscription, purpose: Purpose = Purpose.CONFIRM) -> str:
    return f"/confirm/{sign(purpose, subscription.public_id)}/"


def old_token(subscription: Subscription, days: int = 8) -> str:
    then = signing.time.time() - timedelta(days=days).total_seconds()
    with mock.patch("django.core.signing.time.time", return_value=then):
        return sign(Purpose.CONFIRM, subscription.public_id)


def test_the_page_shows_what_will_be_confirmed(client: Client, subscription: Subscription) -> None:
    page = client.get(path_for(subscription)).content.decode()

    for shown in ("Sahel Dispatch", "r•••@example.org", "Kayes", "English"):
        assert shown in page
    assert "reader@example.org" not in page


def test_the_button_confirms_and_the_same_address_says_so(
    client: Client, subscription: Subscription
) -> None:
    path = path_for(subscription)

    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "You are subscribed" in client.get(path).content.decode()
    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_the_sentence_on_the_page_is_kept_as_proof_without_the_token(
    client: Client, subscription: Subscription
) -> None:
    path = path_for(subscription)
    page = client.get(path).content.decode()

    client.post(path)

    proof = ConsentEvent.objects.get()
    assert proof.wording in page
    assert (proof.kind, proof.page) == ("confirmed", "/confirm/")


def test_confirming_twice_is_welcome_and_changes_nothing(
    client: Client, subscription: Subscription
) -> None:
    path = path_for(subscription)
    client.post(path)

    answer = client.post(path, follow=True)

    assert "There is nothing more to do" in answer.content.decode()
    assert ConsentEvent.objects.count() == 1


def test_a_subscription_that_has_ended_is_not_begun_again(
    client: Client, publication: Publication
) -> None:
    ended = make_subscription(publication=publication, status="ended")

    answer = client.post(path_for(ended))

    assert "This subscription has ended" in answer.content.decode()
    assert f"/p/{publication.slug}/" in answer.content.decode()
    ended.refresh_from_db()
    assert ended.status == "ended"


def test_an_old_link_offers_a_new_one_in_the_language_of_its_reader(
    client: Client, subscription: Subscription
) -> None:
    answer = client.post(f"/confirm/{old_token(subscription)}/")

    page = answer.content.decode()
    assert answer.status_code == 410
    assert 'action="/new-link/"' in page
    assert "r•••@example.org" in page
    subscription.refresh_from_db()
    assert subscription.status == "pending"


def test_an_old_link_is_turned_into_a_mail_with_a_new_one(
    client: Client, subscription: Subscription
) -> None:
    form = {"purpose": "confirm", "token": old_token(subscription)}

    answer = client.post("/new-link/", form)

    assert (answer.status_code, answer["Location"]) == (303, "/new-link/")
    assert Notice.objects.get().subscription == subscription
    assert "on its way" in client.get("/new-link/").content.decode()


def test_an_old_link_of_an_ended_subscription_leads_to_the_form(
    client: Client, publication: Publication
) -> None:
    ended = make_subscription(publication=publication, status="ended")

    answer = client.get(f"/confirm/{old_token(ended)}/")

    assert "This subscription has ended" in answer.content.decode()


@pytest.mark.parametrize(
    ("purpose", "tail"),
    [("confirm", "x"), ("preferences", ""), ("nonsense", ""), ("", "")],
)
def test_a_new_link_is_mailed_for_a_link_of_ours_only(
    client: Client, subscription: Subscription, purpose: str, tail: str
) -> None:
    form = {"purpose": purpose, "token": old_token(subscription) + tail}

    answer = client.post("/new-link/", form)

    assert answer.status_code == 404
    assert not Notice.objects.exists()


def test_a_new_link_is_not_mailed_for_a_form_of_another_site(subscription: Subscription) -> None:
    form = {"purpose": "confirm", "token": old_token(subscription)}

    answer = Client(enforce_csrf_checks=True).post("/new-link/", form)

    assert answer.status_code == 403
    assert not Notice.objects.exists()


def test_a_confirmation_from_another_site_is_refused(subscription: Subscription) -> None:
    answer = Client(enforce_csrf_checks=True).post(path_for(subscription))

    assert answer.status_code == 403
    subscription.refresh_from_db()
    assert subscription.status == "pending"


def test_a_link_that_outlived_its_request_says_so_and_leads_to_the_form(
    client: Client, subscription: Subscription
) -> None:
    paths = path_for(subscription), f"/confirm/{old_token(subscription)}/"
    subscription.delete()

    for path in paths:
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 404
        assert "This request has expired. You are welcome to sign up again." in page
        assert "cut a long link in two" not in page
        assert 'href="/"' in page
