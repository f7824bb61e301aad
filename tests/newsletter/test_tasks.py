from __future__ import annotations

import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from newsletter import tasks
from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.editorial.scheduling import schedule
from newsletter.feedback.tracking import store_event
from newsletter.ledger.recounting import recount
from newsletter.ledger.tallying import add_up
from newsletter.models import (
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Mailing,
    MailingState,
    RetentionRun,
    Worker,
)
from newsletter.queries import mailings_need_a_worker
from newsletter.transports.outbox import configured_outbox
from subscribers.models import NoticeKind, Publication, SignUp, Subscription
from subscribers.services.notifying import owe
from subscribers.tasks import send_notices
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _looked_after_today(db: None) -> None:
    """What is kept for long was looked at a moment ago."""
    RetentionRun.objects.create(pk=1, due_at=timezone.now() + timedelta(days=1))


@pytest.fixture
def publication() -> Publication:
    load_regions()
    return make_publication()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is rung for, instead of ringing."""
    bells: list[object] = []
    monkeypatch.setattr(tasks, "ring", bells.append)
    return bells


def test_the_task_sends_what_is_due(publication: Publication) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    tasks.drain()

    assert Delivery.objects.get().state == DeliveryState.ACCEPTED
    assert [item.address for item in configured_outbox().items()] == ["r@a.example"]


def test_a_delivery_leads_to_its_mail_in_the_outbox(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    schedule(make_issue(publication, ("Letter", []), subject="Hello"), at=None, by=None)

    tasks.drain()

    mail = configured_outbox().parsed(Delivery.objects.get().outbox_name)
    assert (mail["To"], mail["Subject"]) == ("r@a.example", "Hello")


def test_the_command_sends_everything_without_celery(publication: Publication) -> None:
    subscription = make_subscription(publication=publication, regions=["ML-1"])
    owe(subscription, NoticeKind.NEW_LINK)
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    call_command("drain")

    assert len(configured_outbox().items()) == 1  # the notice goes to Django's backend
    assert Mailing.objects.get().state == MailingState.FINISHED


def test_the_bell_is_silent_when_nothing_is_owed(publication: Publication) -> None:
    later = timezone.now() + timedelta(hours=1)
    schedule(make_issue(publication, ("Letter", [])), at=later, by=None, even_to_nobody=True)

    assert not mailings_need_a_worker()


def test_the_bell_rings_for_a_mailing_whose_time_has_come(
    publication: Publication, rung: list[object]
) -> None:
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None, even_to_nobody=True)

    ring_for_a_moment()

    assert tasks.drain in rung


def test_the_bell_rings_for_a_notice(publication: Publication, rung: list[object]) -> None:
    owe(make_subscription(publication=publication), NoticeKind.NEW_LINK)

    ring_for_a_moment()

    assert rung == [send_notices]


def test_the_bell_rings_for_what_an_esp_reported(db: None, rung: list[object]) -> None:
    now = timezone.now()
    store_event(
        DeliveryEvent(
            esp="Mailgun", event_id="1", kind="delivered", mailbox="r@a.example", happened_at=now
        )
    )

    ring_for_a_moment()

    assert rung == [tasks.drain]


def test_the_bell_is_silent_for_a_paused_mailing(publication: Publication) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    scheduling.pause(mailing)
    add_up()
    recount()

    assert not mailings_need_a_worker()


def test_the_bell_rings_for_what_a_lost_worker_had_of_a_paused_mailing(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    claim()
    scheduling.pause(mailing)

    assert mailings_need_a_worker()


# Who rings closes its connections, and with them a transaction around the test.
@pytest.mark.django_db(transaction=True)
def test_whoever_rings_is_heard_of_as_long_as_mail_is_on_its_way(
    publication: Publication, rung: list[object]
) -> None:
    ring_for_a_moment()
    assert not Worker.objects.exists()
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None, even_to_nobody=True)

    ring_for_a_moment()

    assert Worker.objects.count() == 1


def test_the_bell_rings_for_what_a_lost_worker_had_of_a_cancelled_mailing(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    claim()
    scheduling.cancel(mailing)

    assert mailings_need_a_worker()


@pytest.fixture
def a_week_later(publication: Publication) -> None:
    """A request waits that nobody confirmed in time, and one was counted that no longer counts."""
    long_ago = timezone.now() - timedelta(days=8)
    make_subscription(publication=publication, status="pending", requested_at=long_ago)
    SignUp.objects.create(network="192.0.2.0/24", at=timezone.now() - timedelta(days=31))


def test_the_bell_rings_for_what_is_to_be_forgotten(a_week_later: None, rung: list[object]) -> None:
    ring_for_a_moment()

    assert rung == [tasks.tidy]


def test_what_is_to_be_forgotten_is_forgotten(a_week_later: None) -> None:
    tasks.tidy()

    assert not Subscription.objects.exists()
    assert not SignUp.objects.exists()


def test_the_bell_is_silent_when_all_is_forgotten(a_week_later: None, rung: list[object]) -> None:
    tasks.tidy()

    ring_for_a_moment()

    assert rung == []


# Who rings closes its connections, and with them a transaction around the test.
@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_for_what_has_been_kept_long_enough(rung: list[object]) -> None:
    RetentionRun.objects.all().delete()
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now())

    ring_for_a_moment()

    assert rung == [tasks.tidy]
    tasks.tidy()
    assert not Session.objects.exists()
    ring_for_a_moment()
    assert rung == [tasks.tidy]


def ring_for_a_moment() -> None:
    class OnceOnly(threading.Event):
        """Not set at the first look, set at the second."""

        def wait(self, timeout: float | None = None) -> bool:
            was_set = self.is_set()
            self.set()
            return was_set

    # In a test it is the test's own connection, which has more to tell.
    keep = mock.patch.object
    with keep(connections, "close_all"), keep(tasks, "close_old_connections"):
        tasks.keep_ringing(OnceOnly())
