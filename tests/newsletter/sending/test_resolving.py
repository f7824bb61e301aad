from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.models import Delivery, DeliveryState, Mailing, MailingState, UnknownPolicy
from newsletter.sending.resending import resend_unknown
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport

pytestmark = pytest.mark.django_db


def in_doubt(publication: Publication, policy: UnknownPolicy) -> Mailing:
    """A mailing whose only copy may have left and may not."""
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    mailing = scheduling.schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, unknown_policy=policy
    )
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    return mailing


def let_the_window_pass() -> None:
    Delivery.objects.update(settled_at=timezone.now() - timedelta(minutes=31))


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def test_left_alone_a_doubt_stays_a_doubt(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.LEAVE)
    transport = FakeTransport()
    let_the_window_pass()

    drain(transport)

    assert transport.addresses == []
    assert state_of(mailing) == MailingState.FINISHED


def test_by_policy_it_is_sent_again_once_when_nothing_was_heard(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.RESEND_ONCE)
    assert state_of(mailing) == MailingState.SENDING
    let_the_window_pass()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert Delivery.objects.get().resends == 1
    assert state_of(mailing) == MailingState.FINISHED


def test_while_evidence_may_still_come_nothing_is_sent_again(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.RESEND_ONCE)
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert state_of(mailing) == MailingState.SENDING


def test_what_was_sent_again_and_is_in_doubt_again_is_left(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.RESEND_ONCE)
    let_the_window_pass()
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    let_the_window_pass()
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == []
    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
    assert state_of(mailing) == MailingState.FINISHED


def test_a_person_may_have_it_sent_again_at_once(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.LEAVE)
    transport = FakeTransport()

    assert resend_unknown(mailing) == 1
    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert state_of(mailing) == MailingState.FINISHED


def test_a_second_time_is_refused(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.LEAVE)
    resend_unknown(mailing)

    with pytest.raises(LookAgain):
        resend_unknown(mailing)


def test_a_cancelled_mailing_sends_nothing_again(publication: Publication) -> None:
    mailing = in_doubt(publication, UnknownPolicy.RESEND_ONCE)
    scheduling.cancel(mailing)

    with pytest.raises(LookAgain):
        resend_unknown(mailing)

    assert Delivery.objects.get().state == DeliveryState.UNKNOWN
