from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from subscribers.models import (
    Change,
    EndedReason,
    Notice,
    NoticeKind,
    Publication,
    Region,
    Subscription,
)
from subscribers.services import preferences
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end
from subscribers.tokens import Purpose, sign
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription(publication: Publication, kayes: Region, segou: Region) -> Subscription:
    """Somebody with a link of its reader has changed it from Kayes to Segou."""
    it = make_subscription(publication=publication, regions=[kayes], address="reader@example.org")
    preferences.change(
        it,
        regions=[segou],
        language="en",
        mail_format="html",
        shown=Shown("Save", "en", "/preferences/"),
    )
    return it


@pytest.fixture
def path(subscription: Subscription) -> str:
    return f"/undo/{sign(Purpose.UNDO, subscription.changes.get().public_id)}/"


def chosen(subscription: Subscription) -> set[str]:
    stored = Subscription.objects.get(pk=subscription.pk)
    return set(stored.interest_set.regions.values_list("code", flat=True))


def test_the_page_shows_what_will_be_put_back(client: Client, path: str) -> None:
    page = client.get(path).content.decode()

    assert "Kayes (now: Segou)" in page
    assert "r•••@example.org" in page
    assert "reader@example.org" not in page


def test_the_button_puts_everything_back(
    client: Client, path: str, subscription: Subscription
) -> None:
    answer = client.post(path)

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert chosen(subscription) == {"ML-1"}
    assert "Everything is as it was" in client.get(path).content.decode()


def test_a_reader_whom_it_was_not_ends_all_older_links_with_it(
    client: Client, path: str, subscription: Subscription
) -> None:
    client.post(path, {"end_links": "on"})

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.link_generation == 1
    assert Notice.objects.filter(kind=NoticeKind.LINKS_ENDED).exists()


def test_a_reader_who_changed_their_mind_keeps_their_links(
    client: Client, path: str, subscription: Subscription
) -> None:
    client.post(path)

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.link_generation == 0


def test_what_staff_ended_since_is_not_brought_back_and_the_page_says_so(
    client: Client, path: str, subscription: Subscription, shown: Shown
) -> None:
    end(subscription, reason=EndedReason.REMOVED, shown=shown)

    page = client.post(path).content.decode()

    assert "This subscription has ended." in page
    assert Subscription.objects.get().status == "ended"


def test_a_link_to_undo_ends_after_a_month(client: Client, subscription: Subscription) -> None:
    change = Change.objects.get()
    token = sign(Purpose.UNDO, change.public_id, at=timezone.now() - timedelta(days=31))

    assert client.post(f"/undo/{token}/").status_code == 404
    assert chosen(subscription) == {"ML-4"}


def test_an_undo_from_another_site_is_refused(path: str, subscription: Subscription) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert chosen(subscription) == {"ML-4"}
