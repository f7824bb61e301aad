from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from subscribers.models import (
    ConsentEvent,
    Notice,
    NoticeKind,
    Publication,
    Region,
    SignUp,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from subscribers.services.answering import answer_due, requests_due
from subscribers.services.suppressing import suppress
from tests.factories import make_publication, make_subscription
from tests.subscribers.asking import ADDRESS, ask, chosen

pytestmark = pytest.mark.django_db


def notices() -> list[str]:
    return list(Notice.objects.values_list("kind", flat=True))


def test_a_new_address_is_asked_to_confirm(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes, address="Reader@Example.ORG", language="fr", mail_format="text")

    assert answer_due() == 1

    subscription = Subscription.objects.get()
    assert subscription.status == SubscriptionStatus.PENDING
    subscriber = subscription.subscriber
    assert (subscriber.address, subscriber.mailbox) == ("Reader@example.org", ADDRESS)
    assert (subscription.language, subscription.mail_format) == ("fr", "text")
    assert Notice.objects.get().request == SignUpRequest.objects.get(subscription=subscription)
    assert notices() == [NoticeKind.CONFIRM]


def test_once_it_is_answered_a_request_holds_no_address(
    publication: Publication, kayes: Region
) -> None:
    ask(publication, kayes)

    answer_due()

    assert SignUpRequest.objects.get().address == ""


def test_a_request_is_answered_once(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes)
    assert requests_due()

    assert [answer_due(), answer_due()] == [1, 0]

    assert not requests_due()
    assert len(notices()) == 1


def test_a_request_that_is_due_later_waits(publication: Publication, kayes: Region) -> None:
    ask(publication, kayes)
    SignUpRequest.objects.update(due_at=timezone.now() + timedelta(minutes=1))

    assert answer_due() == 0
    assert not requests_due()


def test_no_more_requests_than_the_limit_are_answered(
    publication: Publication, kayes: Region
) -> None:
    for number in range(3):
        ask(publication, kayes, address=f"reader{number}@example.org")

    assert [answer_due(limit=2), answer_due(limit=2)] == [2, 1]


@pytest.mark.parametrize("status", ["pending", "active", "ended"])
def test_asking_changes_nothing_of_a_subscription_that_is_known(
    publication: Publication, kayes: Region, segou: Region, status: str
) -> None:
    subscription = make_subscription(
        publication=publication, regions=[kayes], address=ADDRESS, status=status
    )
    before = _rows()

    ask(publication, segou, language="fr", mail_format="text")
    answer_due()

    assert _rows() == before
    assert chosen(subscription) == {"ML-1"}


def test_a_reader_who_has_it_already_is_told_so(
    publication: Publication, kayes: Region, segou: Region
) -> None:
    make_subscription(publication=publication, regions=[kayes], address=ADDRESS)

    ask(publication, segou)
    answer_due()

    assert notices() == [NoticeKind.ALREADY_ACTIVE]


def test_two_publications_may_be_read_in_two_languages(
    publication: Publication, kayes: Region
) -> None:
    other = make_subscription(publication=make_publication(), address=ADDRESS)

    ask(publication, kayes, language="fr", mail_format="text")
    answer_due()

    other.refresh_from_db()
    asked_for = Subscription.objects.get(publication=publication)
    assert (other.language, other.mail_format) == ("en", "html")
    assert (asked_for.language, asked_for.mail_format) == ("fr", "text")
    assert asked_for.status == SubscriptionStatus.PENDING


def test_a_suppressed_mailbox_is_not_mailed_and_staff_see_that_it_asked(
    publication: Publication, kayes: Region
) -> None:
    suppress(ADDRESS, reason=SuppressionReason.BOUNCED)

    ask(publication, kayes, address="Reader@example.org")
    answer_due()

    assert Suppression.objects.get().asked_again_at is not None
    for nothing in (Notice, SignUpRequest, Subscriber):
        assert not nothing.objects.exists()


@pytest.mark.parametrize(("reason", "answered"), [("asked", 0), ("complained", 0), ("bounced", 1)])
def test_who_wants_no_mail_is_left_alone_however_their_mailbox_is_spelled(
    publication: Publication, kayes: Region, reason: str, answered: int
) -> None:
    suppress("victim@proton.me", reason=SuppressionReason(reason))

    ask(publication, kayes, address="V.ic-tim+1@pm.me")
    answer_due()

    assert Notice.objects.count() == answered


def test_a_mailbox_is_answered_again_the_next_day(publication: Publication, kayes: Region) -> None:
    for _ in range(3):
        ask(publication, kayes)
    SignUp.objects.update(at=timezone.now() - timedelta(hours=25))

    ask(publication, kayes)
    answer_due()

    assert len(notices()) == 3


def test_the_flood_to_one_mailbox_does_not_silence_another(
    publication: Publication, kayes: Region
) -> None:
    for _ in range(4):
        ask(publication, kayes)

    ask(publication, kayes, address="another@example.org")
    answer_due()

    assert len(notices()) == 3


def _rows() -> dict[str, list[object]]:
    models = (Subscriber, Subscription, ConsentEvent)
    return {model.__name__: list(model.objects.values()) for model in models}
