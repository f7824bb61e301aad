"""Asking again where a key is of all messages of a call: as it was made, or not at all."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletter.ledger import deliveries
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingState,
)
from newsletter.sending.quarantine import MOST_CLAIMS
from newsletter.sending.recovering import recover
from newsletter.transports import configured
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.models import Suppression
from tests.faults.esp_plans import Plan
from tests.newsletter.factories import frozen_to
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.transports.esps import esp

pytestmark = pytest.mark.django_db

ADDRESSES = ["one@a.example", "three@a.example", "two@a.example"]


@pytest.fixture(autouse=True)
def _esp_with_keys_of_calls(settings: Settings) -> None:
    settings.MAIL_TRANSPORT = "resend"


@pytest.fixture
def mailing(db: None) -> Mailing:
    """All of it in doubt, after one batch."""
    mailing = frozen_to(*ADDRESSES)
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    return mailing


def asked_again() -> list[str]:
    """Who is asked about once more, when it is time."""
    transport = FakeTransport()
    recover()
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now())
    drain(transport)
    return transport.addresses


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def test_all_of_a_call_is_asked_about_together(mailing: Mailing) -> None:
    assert asked_again() == ADDRESSES

    assert mailing.deliveries.filter(state=DeliveryState.ACCEPTED).count() == 3
    assert Batch.objects.count() == 2
    assert state_of(mailing) == MailingState.FINISHED


def test_of_a_call_of_which_some_is_known_nothing_is_asked(mailing: Mailing) -> None:
    one = Delivery.objects.filter(mailbox="two@a.example")
    deliveries.transition(one, DeliveryTransition.PROVE_ACCEPTED)

    assert asked_again() == []

    assert mailing.deliveries.filter(state=DeliveryState.UNKNOWN).count() == 2
    assert state_of(mailing) == MailingState.FINISHED


@pytest.mark.parametrize("change", ["suppressed", "proven"])
def test_a_call_that_would_be_another_by_now_is_left_in_doubt(
    mailing: Mailing, change: str
) -> None:
    recover()
    if change == "suppressed":
        Suppression.objects.create(mailbox="two@a.example", reason="complained")
    else:
        one = Delivery.objects.filter(mailbox="two@a.example")
        deliveries.transition(one, DeliveryTransition.PROVE_ACCEPTED)

    assert asked_again() == []

    assert mailing.deliveries.filter(state=DeliveryState.PLANNED).count() == 0


def test_what_stopped_worker_after_worker_is_not_split_into_other_calls(mailing: Mailing) -> None:
    recover()
    Batch.objects.filter(state=BatchState.PENDING).update(claims=MOST_CLAIMS)

    assert asked_again() == []

    assert mailing.deliveries.filter(state=DeliveryState.UNKNOWN).count() == 3


def test_a_call_that_was_taken_and_not_answered_is_sent_once(settings: Settings) -> None:
    mailing = frozen_to(*ADDRESSES)
    with esp(settings, Plan("resend", mode="reset-taken", times=2)) as sink:
        transports = configured()
        drain(transports)
        assert mailing.deliveries.filter(state=DeliveryState.UNKNOWN).count() == 3
        recover()
        Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now())
        drain(transports)
        transports.close()

    assert mailing.deliveries.filter(state=DeliveryState.ACCEPTED).count() == 3
    assert len({request.body for request in sink.requests}) == 1
    assert sorted(reader.address for reader in sink.truth.taken) == ADDRESSES
