from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.models import Delivery, DeliveryState, Mailing, MailingState, UnknownPolicy
from newsletter.sending.resending import resend_unknown
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from tests.newsletter.factories import frozen_to
from tests.newsletter.fakes import FakeTransport

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to("r@a.example").pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


def be_in_doubt(mailing: Mailing, policy: UnknownPolicy) -> None:
    """Its only copy may have left and may not."""
    Mailing.objects.update(unknown_policy=policy)
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))


def let_the_window_pass() -> None:
    Delivery.objects.update(settled_at=timezone.now() - timedelta(minutes=31))


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def test_left_alone_a_doubt_stays_a_doubt(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.LEAVE)
    transport = FakeTransport()
    let_the_window_pass()

    drain(transport)

    assert transport.addresses == []
    assert state_of(mailing) == MailingState.FINISHED


def test_by_policy_it_is_sent_again_once_when_nothing_was_heard(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.RESEND_ONCE)
    assert state_of(mailing) == MailingState.SENDING
    let_the_window_pass()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert Delivery.objects.get().resends == 1
    assert state_of(mailing) == MailingState.FINISHED


def test_while_evidence_may_still_come_nothing_is_sent_again(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.RESEND_ONCE)
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert state_of(mailing) == MailingState.SENDING


def test_what_was_sent_again_and_is_in_doubt_again_is_left(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.RESEND_ONCE)
    let_the_window_pass()
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    let_the_window_pass()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    assert state_of(mailing) == MailingState.FINISHED


def test_a_person_may_have_it_sent_again_at_once(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.LEAVE)
    transport = FakeTransport()

    assert resend_unknown(mailing) == 1
    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert state_of(mailing) == MailingState.FINISHED


def test_a_second_time_is_refused(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.LEAVE)
    resend_unknown(mailing)

    with pytest.raises(LookAgain):
        resend_unknown(mailing)


def test_a_cancelled_mailing_sends_nothing_again(mailing: Mailing) -> None:
    be_in_doubt(mailing, UnknownPolicy.RESEND_ONCE)
    scheduling.cancel(mailing)

    with pytest.raises(LookAgain):
        resend_unknown(mailing)

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
