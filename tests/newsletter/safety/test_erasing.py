from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import Delivery, Mailing, MailingState
from newsletter.safety.erasing import erase_unconfirmed, someone_to_erase
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    Notice,
    NoticeKind,
    Publication,
    SignUpRequest,
    Subscriber,
    Subscription,
)
from tests.factories import make_publication, make_request, make_subscription
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def ask(publication: Publication, address: str = "", *, days: float = 8) -> Subscription:
    """A request of so many days ago, with its proof and its mail."""
    subscription = make_subscription(
        publication=publication, address=address, status="pending", requested_at=days_ago(days)
    )
    ConsentEvent.objects.create(subscription=subscription, kind=ConsentKind.REQUESTED)
    request = make_request(subscription, requested_at=days_ago(days), expires_at=days_ago(days - 7))
    Notice.objects.create(subscription=subscription, kind=NoticeKind.CONFIRM, request=request)
    return subscription


def test_of_a_request_that_nobody_confirmed_nothing_is_left(publication: Publication) -> None:
    ask(publication)

    assert erase_unconfirmed() == 1

    for model in (Subscriber, Subscription, SignUpRequest, ConsentEvent, Notice):
        assert not model.objects.exists()


@pytest.mark.parametrize("status", ["active", "ended"])
def test_only_what_waits_for_confirmation_goes(publication: Publication, status: str) -> None:
    make_subscription(publication=publication, status=status, requested_at=days_ago(800))

    assert not someone_to_erase()
    assert erase_unconfirmed() == 0
    assert Subscriber.objects.count() == 1


def test_a_request_stays_as_long_as_its_link_works(publication: Publication) -> None:
    ask(publication, days=6.9)

    assert not someone_to_erase()
    assert erase_unconfirmed() == 0
    assert Subscription.objects.count() == 1


def test_a_newer_request_keeps_what_an_older_one_began(publication: Publication) -> None:
    make_request(ask(publication))

    assert erase_unconfirmed() == 0


def test_doing_it_again_does_nothing(publication: Publication) -> None:
    ask(publication)

    assert [erase_unconfirmed(), erase_unconfirmed()] == [1, 0]
    assert not someone_to_erase()


def test_a_reader_of_another_publication_stays_with_what_they_read(
    publication: Publication,
) -> None:
    ask(publication, "awa@a.example")
    other = make_subscription(publication=make_publication(), address="awa@a.example")

    erase_unconfirmed()

    assert list(Subscription.objects.all()) == [other]
    assert Subscriber.objects.get().address == "awa@a.example"


def test_a_request_that_is_in_the_ledger_ends_and_the_counts_still_add_up(
    publication: Publication,
) -> None:
    request = ask(publication)
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    freeze_due(50)

    assert erase_unconfirmed() == 1

    request.refresh_from_db()
    assert (request.status, request.ended_reason) == ("ended", "unconfirmed")
    mailing.refresh_from_db()
    assert Delivery.objects.filter(subscription=request).count() == mailing.audience_size == 1
    assert not someone_to_erase()


def test_the_proof_of_what_was_once_agreed_to_stays(publication: Publication) -> None:
    request = ask(publication)
    ConsentEvent.objects.create(subscription=request, kind=ConsentKind.CONFIRMED)

    erase_unconfirmed()

    request.refresh_from_db()
    assert request.ended_reason == "unconfirmed"
    assert request.consent_events.count() == 2


@pytest.mark.parametrize("state", [MailingState.SCHEDULED, MailingState.FREEZING])
def test_a_mailing_that_is_about_to_be_frozen_finds_everyone_there(
    publication: Publication, state: MailingState
) -> None:
    ask(publication)
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None, even_to_nobody=True)
    Mailing.objects.update(state=state)

    assert erase_unconfirmed() == 0
    assert not someone_to_erase()


def test_a_mailing_of_next_week_is_no_reason_to_wait(publication: Publication) -> None:
    ask(publication)
    later = timezone.now() + timedelta(days=7)
    schedule(make_issue(publication, ("Letter", [])), at=later, by=None, even_to_nobody=True)

    assert erase_unconfirmed() == 1


def test_many_are_erased_in_as_many_statements_as_one(publication: Publication) -> None:
    def statements(requests: int) -> int:
        for _ in range(requests):
            ask(publication)
        with CaptureQueriesContext(connection) as counted:
            assert erase_unconfirmed() == requests
        return len(counted)

    assert statements(1) == statements(20)


def test_no_more_than_the_limit_goes_at_once(publication: Publication) -> None:
    for _ in range(3):
        ask(publication)

    assert [erase_unconfirmed(limit=2), erase_unconfirmed(limit=2)] == [2, 1]
