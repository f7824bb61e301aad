"""A mailing that was over and owes mail again, while another of its issue may be on its way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.ledger.recounting import recount
from newsletter.ledger.tallying import add_up
from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
    Trouble,
    UnknownPolicy,
)
from newsletter.queries import counts_of, mailings_need_a_worker
from newsletter.sending.delivering import commit_intent
from newsletter.sending.journals import Evidence
from newsletter.sending.recording import record_left_behind
from newsletter.sending.recovering import finish_drained, recover
from newsletter.sending.resending import resend_unknown
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import frozen_to, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to("r@a.example").pk


@pytest.fixture
def evidence(db: None, kept_mailing: int) -> Evidence:
    """That nothing left of a batch which counts as unknown, of a mailing that is over."""
    batch = claim()
    assert batch is not None
    commit_intent(batch)
    Batch.objects.update(lease_until=timezone.now())
    recover()
    finish_drained()
    assert Mailing.objects.get().state == MailingState.FINISHED
    return Evidence(str(batch.token), batch.pk)


@pytest.fixture
def first(evidence: Evidence) -> Mailing:
    return Mailing.objects.get()


def another(first: Mailing, **given: object) -> Mailing:
    """A second mailing of the same issue."""
    return scheduling.schedule(first.issue, at=None, by=None, **given, even_to_nobody=True)  # type: ignore[arg-type]


def of(mailing: Mailing) -> Delivery:
    return mailing.deliveries.get()


def test_who_was_left_out_of_the_second_mailing_gets_it_from_the_first_once_that_is_over(
    evidence: Evidence, first: Mailing
) -> None:
    second = another(first)
    freeze_due(50)
    assert of(second).reason == Reason.ALREADY_SENT
    record_left_behind(evidence)
    transport = FakeTransport()

    drain(transport)
    assert mailings_need_a_worker()
    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert of(first).state == DeliveryState.ACCEPTED
    for mailing in (first, second):
        mailing.refresh_from_db()
        assert (mailing.state, mailing.trouble) == (MailingState.FINISHED, "")
        assert counts_of(mailing).balanced


def test_meanwhile_the_first_one_says_what_it_waits_for(evidence: Evidence, first: Mailing) -> None:
    another(first)
    record_left_behind(evidence)

    recover()

    first.refresh_from_db()
    assert first.state == MailingState.FINISHED
    assert first.trouble == Trouble.OTHER_MAILING


def test_who_got_it_from_the_second_mailing_is_skipped_in_the_first(
    evidence: Evidence, first: Mailing
) -> None:
    second = another(first)
    record_left_behind(evidence)
    transport = FakeTransport()

    drain(transport)
    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert of(second).state == DeliveryState.ACCEPTED
    assert (of(first).state, of(first).reason) == (DeliveryState.SKIPPED, Reason.ALREADY_SENT)
    first.refresh_from_db()
    assert first.state == MailingState.FINISHED


def test_if_the_second_mailing_is_cancelled_the_first_one_sends(
    evidence: Evidence, first: Mailing
) -> None:
    second = another(first)
    record_left_behind(evidence)
    recover()
    scheduling.cancel(second)
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == ["r@a.example"]
    assert of(first).state == DeliveryState.ACCEPTED


def test_the_bell_is_silent_while_the_first_one_can_only_wait(
    evidence: Evidence, first: Mailing
) -> None:
    second = another(first)
    freeze_due(50)
    scheduling.pause(second)
    record_left_behind(evidence)
    add_up()
    recount()

    assert Batch.objects.filter(mailing=first, state=BatchState.PENDING).exists()
    assert not mailings_need_a_worker()


def test_nothing_is_sent_again_by_a_person_while_another_mailing_is_on_its_way(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="r@a.example")
    first = scheduling.schedule(
        make_issue(publication, ("Letter", [])),
        at=None,
        by=None,
        unknown_policy=UnknownPolicy.LEAVE,
    )
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    scheduling.schedule(
        first.issue, at=timezone.now() + timedelta(hours=1), by=None, even_to_nobody=True
    )

    with pytest.raises(LookAgain, match="Another mailing of this issue"):
        resend_unknown(first)

    assert of(first).state == DeliveryState.UNKNOWN
    assert of(first).resends == 0
