from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from subscribers.days import day as in_words
from subscribers.models import (
    ConsentEvent,
    InterestSet,
    Notice,
    Publication,
    Region,
    SignUpRequest,
    Subscription,
)
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end
from subscribers.tokens import Purpose, sign
from tests.factories import make_request, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(publication: Publication, kayes: Region) -> Subscription:
    return make_subscription(
        publication=publication, regions=[kayes], status="pending", address="reader@example.org"
    )


@pytest.fixture
def request_(subscription: Subscription) -> SignUpRequest:
    return make_request(subscription)


def path_for(request: SignUpRequest) -> str:
    return f"/confirm/{sign(Purpose.CONFIRM, request.public_id)}/"


def a_while_ago(purpose: Purpose, public_id: UUID, *, days: int) -> str:
    return sign(purpose, public_id, at=timezone.now() - timedelta(days=days))


def test_the_page_shows_what_will_be_confirmed(
    client: Client, request_: SignUpRequest, segou: Region
) -> None:
    SignUpRequest.objects.update(interest_set=InterestSet.objects.of([segou]), mail_format="text")

    page = client.get(path_for(request_)).content.decode()

    for shown in ("Sahel Dispatch", "r•••@example.org", "Segou", "English", "Plain text"):
        assert shown in page
    assert "Kayes" not in page
    assert "reader@example.org" not in page


def test_the_button_confirms_and_the_same_address_says_so(
    client: Client, request_: SignUpRequest, subscription: Subscription
) -> None:
    path = path_for(request_)

    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "You are subscribed" in client.get(path).content.decode()
    subscription.refresh_from_db()
    assert subscription.status == "active"


@pytest.mark.parametrize(
    ("language", "day"), [("en", "on 1 September 2026."), ("fr", "le 1er septembre 2026.")]
)
def test_the_day_is_written_as_in_our_mail(
    client: Client, request_: SignUpRequest, language: str, day: str
) -> None:
    client.post(path_for(request_))
    Subscription.objects.update(language=language)
    SignUpRequest.objects.update(language=language, used_at=datetime(2026, 9, 1, 12, tzinfo=UTC))

    page = client.get(path_for(request_)).content.decode()

    assert day in page


def test_a_reader_who_switches_regions_is_told_that_it_replaces_what_they_have(
    client: Client, request_: SignUpRequest, subscription: Subscription
) -> None:
    Subscription.objects.update(status="active", confirmed_at=timezone.now() - timedelta(days=90))

    page = client.get(path_for(request_)).content.decode()
    after = client.post(path_for(request_), follow=True).content.decode()

    assert "This replaces the regions, language and format you have now." in page
    assert "Close this page; nothing changes." in page
    assert "send anything" not in page
    assert f"You confirmed this on {in_words(timezone.now())}." in after


def test_a_confirmed_link_gives_nobody_a_way_to_change_preferences(
    client: Client, request_: SignUpRequest
) -> None:
    page = client.post(path_for(request_), follow=True).content.decode()

    assert "/preferences/" not in page


def test_the_sentence_on_the_page_is_kept_as_proof_without_the_token(
    client: Client, request_: SignUpRequest
) -> None:
    path = path_for(request_)
    page = client.get(path).content.decode()

    client.post(path)

    proof = ConsentEvent.objects.get(kind="confirmed")
    assert proof.wording in page
    assert proof.page == "/confirm/"


def test_confirming_twice_is_welcome_and_changes_nothing(
    client: Client, request_: SignUpRequest
) -> None:
    path = path_for(request_)
    client.post(path)

    answer = client.post(path, follow=True)

    assert "There is nothing more to do" in answer.content.decode()
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_a_reader_who_left_is_not_brought_back_by_the_link_they_came_with(
    client: Client, publication: Publication, request_: SignUpRequest, subscription: Subscription
) -> None:
    client.post(path_for(request_))
    end(subscription, shown=Shown("Leave", "en", "/unsubscribe/"))

    page = client.post(path_for(request_), follow=True).content.decode()

    assert "This subscription has ended" in page
    assert f"/p/{publication.slug}/" in page
    subscription.refresh_from_db()
    assert subscription.status == "ended"


def test_a_reader_who_left_may_come_back_by_a_new_request(
    client: Client, publication: Publication
) -> None:
    ended = make_subscription(publication=publication, status="ended")

    answer = client.post(path_for(make_request(ended)), follow=True)

    assert "You are subscribed" in answer.content.decode()


def test_a_link_to_confirm_that_is_too_old_leads_to_the_form(
    client: Client, request_: SignUpRequest
) -> None:
    token = a_while_ago(Purpose.CONFIRM, request_.public_id, days=8)

    answer = client.post(f"/confirm/{token}/")

    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()
    request_.refresh_from_db()
    assert request_.used_at is None


# Old links to what goes on


@pytest.fixture
def reader(publication: Publication, kayes: Region) -> Subscription:
    return make_subscription(publication=publication, regions=[kayes], address="reader@example.org")


def old_token(reader: Subscription) -> str:
    return a_while_ago(Purpose.PREFERENCES, reader.public_id, days=91)


def test_an_old_link_offers_a_new_one_in_the_language_of_its_reader(
    client: Client, reader: Subscription
) -> None:
    Subscription.objects.update(language="fr")

    answer = client.post(f"/preferences/{old_token(reader)}/")

    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Language"]) == (410, "fr")
    assert '<html lang="fr" dir="ltr">' in page
    assert 'action="/new-link/"' in page
    assert "r•••@example.org" in page


def test_an_old_link_is_turned_into_a_mail_with_a_new_one(
    client: Client, reader: Subscription
) -> None:
    form = {"purpose": "preferences", "token": old_token(reader)}

    answer = client.post("/new-link/", form)

    assert (answer.status_code, answer["Location"]) == (303, "/new-link/")
    assert Notice.objects.get().subscription == reader
    assert "on its way" in client.get("/new-link/").content.decode()


def test_an_old_link_of_an_ended_subscription_leads_to_the_form(
    client: Client, publication: Publication
) -> None:
    ended = make_subscription(publication=publication, status="ended")

    answer = client.get(f"/preferences/{old_token(ended)}/")

    assert "This subscription has ended" in answer.content.decode()


@pytest.mark.parametrize(
    ("purpose", "tail"),
    [("preferences", "x"), ("unsubscribe", ""), ("confirm", ""), ("nonsense", ""), ("", "")],
)
def test_a_new_link_is_mailed_for_a_link_of_ours_only(
    client: Client, reader: Subscription, purpose: str, tail: str
) -> None:
    form = {"purpose": purpose, "token": old_token(reader) + tail}

    answer = client.post("/new-link/", form)

    assert answer.status_code == 404
    assert not Notice.objects.exists()


def test_a_new_link_is_not_mailed_for_a_form_of_another_site(reader: Subscription) -> None:
    form = {"purpose": "preferences", "token": old_token(reader)}

    answer = Client(enforce_csrf_checks=True).post("/new-link/", form)

    assert answer.status_code == 403
    assert not Notice.objects.exists()


def test_a_confirmation_from_another_site_is_refused(
    request_: SignUpRequest, subscription: Subscription
) -> None:
    answer = Client(enforce_csrf_checks=True).post(path_for(request_))

    assert answer.status_code == 403
    subscription.refresh_from_db()
    assert subscription.status == "pending"


def test_a_link_that_outlived_its_request_says_so_and_leads_to_the_form(
    client: Client, reader: Subscription
) -> None:
    paths = path_for(make_request(reader)), f"/preferences/{old_token(reader)}/"
    reader.delete()

    for path in paths:
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 404
        assert "This request has expired. You are welcome to sign up again." in page
        assert "cut a long link in two" not in page
        assert 'href="/"' in page
