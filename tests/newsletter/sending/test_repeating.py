"""Asking an ESP with idempotency keys again what became of a mail."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from newsletter.editorial import scheduling
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
)
from newsletter.sending.recording import MAX_TRIES
from newsletter.sending.recovering import recover
from newsletter.transports import configured
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.models import InterestSet, Suppression
from tests.factories import make_region
from tests.faults.esp_plans import Plan
from tests.newsletter.factories import frozen_to
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.transports.esps import esp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _esp_with_keys(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "brevo"


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to("r@a.example").pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


def in_doubt() -> FakeTransport:
    return FakeTransport(lambda copy: Outcome.UNKNOWN)


def wait_for_the_next_try() -> None:
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now())


def let_pass(minutes: float) -> None:
    """Of the life of the keys."""
    passed = timedelta(minutes=minutes)
    for name in ("handed_at", "first_handed_at"):
        Batch.objects.exclude(**{name: None}).update(**{name: F(name) - passed})


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def test_what_is_in_doubt_is_handed_over_again_while_its_key_lives(mailing: Mailing) -> None:
    drain(in_doubt())
    assert state_of(mailing) == MailingState.SENDING
    wait_for_the_next_try()
    transport = FakeTransport()

    recover()
    wait_for_the_next_try()
    drain(transport)

    assert transport.addresses == ["r@a.example"]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.resends) == (DeliveryState.ACCEPTED, 0)
    assert state_of(mailing) == MailingState.FINISHED


def test_tries_are_further_and_further_apart(mailing: Mailing) -> None:
    waits = []
    for _try in range(3):
        drain(in_doubt())
        recover()
        due_at = Batch.objects.get(state=BatchState.PENDING).due_at
        waits.append((due_at - timezone.now()).total_seconds() / 60)
        wait_for_the_next_try()

    assert all(
        0.4 * pause < wait < 1.5 * pause for wait, pause in zip(waits, [1, 2, 4], strict=True)
    )


def test_once_half_the_life_of_the_key_is_over_it_is_left(mailing: Mailing) -> None:
    drain(in_doubt())
    let_pass(8)
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    assert state_of(mailing) == MailingState.FINISHED


def test_the_life_of_the_key_begins_with_the_first_try(mailing: Mailing) -> None:
    drain(in_doubt())
    recover()
    let_pass(4)
    wait_for_the_next_try()
    drain(in_doubt())
    let_pass(4)

    recover()

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN


def test_what_waited_until_its_key_was_old_is_not_handed_over(mailing: Mailing) -> None:
    drain(in_doubt())
    recover()
    assert Delivery.objects.get().state == DeliveryState.PLANNED
    let_pass(8)
    wait_for_the_next_try()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN


def test_a_refusal_at_a_later_try_does_not_say_that_the_first_one_did_not_leave(
    mailing: Mailing,
) -> None:
    drain(in_doubt())
    recover()
    wait_for_the_next_try()

    drain(FakeTransport(lambda copy: Outcome.REJECTED))

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN


def test_tries_come_to_an_end_while_the_key_lives(mailing: Mailing, settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "resend"
    transport = in_doubt()
    for _try in range(MAX_TRIES + 2):
        drain(transport)
        recover()
        wait_for_the_next_try()

    assert len(transport.addresses) == MAX_TRIES
    assert state_of(mailing) == MailingState.FINISHED


@pytest.mark.parametrize("change", ["suppressed", "another choice"])
def test_who_is_not_to_be_mailed_any_more_is_left_in_doubt(mailing: Mailing, change: str) -> None:
    drain(in_doubt())
    recover()
    wait_for_the_next_try()
    subscription = Delivery.objects.get().subscription
    if change == "suppressed":
        Suppression.objects.create(mailbox="r@a.example", reason="complained")
    else:
        subscription.interest_set = InterestSet.objects.of([make_region("ML-4")])
        subscription.save()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN


def test_a_cancelled_mailing_asks_no_more_and_keeps_the_doubt(mailing: Mailing) -> None:
    drain(in_doubt())
    recover()
    scheduling.cancel(mailing)

    recover()

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    assert not Batch.objects.exclude(state=BatchState.SETTLED).exists()


def test_without_keys_nothing_is_asked_again(mailing: Mailing, settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "mailgun"

    drain(in_doubt())

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    assert state_of(mailing) == MailingState.FINISHED


@pytest.fixture(params=["resend", "brevo"])
def name(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.MAIL_TRANSPORT = request.param
    return str(request.param)


@pytest.mark.parametrize("fault", ["reset-taken", "500-taken"])
def test_an_esp_that_took_it_twice_without_saying_so_has_it_once(
    name: str, fault: str, mailing: Mailing, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its first call and the one right after it.
    with esp(settings, Plan(name, mode=fault, times=2)) as sink:
        transports = configured()
        drain(transports)
        assert Delivery.objects.get().state == DeliveryState.UNKNOWN
        recover()
        wait_for_the_next_try()
        later = time.time() + 60
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)

        drain(transports)
        transports.close()

    assert Delivery.objects.get().state == DeliveryState.ACCEPTED
    assert len(sink.truth.taken) == 1
    assert sink.requests is not None
    assert len({request.body for request in sink.requests}) == 1
