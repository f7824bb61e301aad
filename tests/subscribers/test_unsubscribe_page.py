from __future__ import annotations

import re

import pytest
from django.test import Client

from subscribers.models import ConsentEvent, Publication, Subscription
from subscribers.tokens import Purpose, sign
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db

ONE_CLICK = "List-Unsubscribe=One-Click"
MANY_FILES = '--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n' * 200
MULTIPART = (
    "--edge\r\n"
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    "One-Click\r\n"
    "--edge--\r\n"
)


@pytest.fixture
def subscription(publication: Publication) -> Subscription:
    return make_subscription(publication=publication, address="reader@example.org")


@pytest.fixture
def mail_program() -> Client:
    """It has no cookie of ours."""
    return Client(enforce_csrf_checks=True)


def path_for(subscription: Subscription) -> str:
    return f"/unsubscribe/{sign(Purpose.UNSUBSCRIBE, subscription.public_id)}/"


def test_the_page_asks_and_shows_no_more_than_a_masked_address(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription)).content.decode()

    assert "Unsubscribe from “Sahel Dispatch”?" in page
    assert "r•••@example.org" in page
    assert "/preferences/" not in page


def test_who_would_rather_change_regions_gets_a_link_in_their_mailbox(
    client: Client, subscription: Subscription
) -> None:
    page = client.get(path_for(subscription)).content.decode()
    fields = dict(re.findall(r'type="hidden" name="(purpose|token)" value="([^"]+)"', page))

    client.post("/new-link/", fields)

    assert subscription.notices.get().kind == "new_link"
    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_the_button_ends_it_and_shows_a_way_back(
    client: Client, subscription: Subscription
) -> None:
    answer = client.post(path_for(subscription), {"button": "unsubscribe"})

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.content.decode()
    assert f'href="/p/{subscription.publication.slug}/"' in answer.content.decode()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ended_reason) == ("ended", "unsubscribed")
    proof = ConsentEvent.objects.get()
    assert (proof.wording, proof.page) == ("Unsubscribe from “Sahel Dispatch”?", "/unsubscribe/")


@pytest.mark.parametrize("status", ["pending", "active"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=edge"),
        (ONE_CLICK, ""),
        ("", ""),
        (ONE_CLICK, "multipart/form-data"),
        (ONE_CLICK, "multipart/form-data; boundary=edge"),
        (ONE_CLICK, "application/x-www-form-urlencoded; charset=utf-16"),
        (MANY_FILES, "multipart/form-data; boundary=edge"),
    ],
)
def test_one_click_of_a_mail_program_ends_it(
    mail_program: Client, publication: Publication, status: str, body: str, content_type: str
) -> None:
    subscription = make_subscription(publication=publication, status=status)

    answer = mail_program.generic("POST", path_for(subscription), body, content_type=content_type)

    assert answer.status_code == 200
    assert not answer.cookies
    subscription.refresh_from_db()
    assert subscription.status == "ended"
    proof = ConsentEvent.objects.get()
    assert (proof.wording, proof.page) == (ONE_CLICK, "/unsubscribe/ (one-click)")


def test_one_click_from_a_foreign_page_works_too(
    mail_program: Client, subscription: Subscription
) -> None:
    answer = mail_program.post(
        path_for(subscription),
        ONE_CLICK,
        content_type="application/x-www-form-urlencoded",
        headers={"origin": "https://mail.example.net", "sec-fetch-site": "cross-site"},
    )

    assert answer.status_code == 200
    subscription.refresh_from_db()
    assert subscription.status == "ended"


def test_a_second_click_is_answered_alike_and_recorded_once(
    mail_program: Client, subscription: Subscription
) -> None:
    form = {"List-Unsubscribe": "One-Click"}
    first = mail_program.post(path_for(subscription), form)

    second = mail_program.post(path_for(subscription), form)

    assert second.status_code == 200
    assert second.content == first.content
    assert ConsentEvent.objects.count() == 1


def test_the_page_of_an_ended_subscription_says_that_it_has_ended(
    client: Client, publication: Publication
) -> None:
    ended = make_subscription(publication=publication, status="ended")

    page = client.get(path_for(ended)).content.decode()

    assert "You are unsubscribed" in page
    assert "<button" not in page


def test_one_click_with_a_tampered_token_is_not_found(
    mail_program: Client, subscription: Subscription
) -> None:
    path = path_for(subscription).replace("/unsubscribe/", "/unsubscribe/x")

    answer = mail_program.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()
    subscription.refresh_from_db()
    assert subscription.status == "active"
