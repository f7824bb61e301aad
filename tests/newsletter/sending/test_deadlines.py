"""Mailings whose time runs out: nobody is left out without a word."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.errors import LookAgain
from newsletter.models import (
    Batch,
    Delivery,
    DeliveryState,
    Lane,
    Mailing,
    MailingState,
    Reason,
)
from newsletter.queries import counts_of
from newsletter.sending import deadlines
from newsletter.sending.delivering import commit_intent
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.channels import MAIN
from subscribers.models import Publication
from subscribers.services import clone_guard, kill_switch
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(
    kept_for_the_module: Callable[[], AbstractContextManager[None]],
) -> int:
    """Three emails in batches of one, and the first of them is sent."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication()
        for number in range(3):
            make_subscription(
                publication=publication, regions=["ML-1"], address=f"r{number}@a.example"
            )
        mailing = scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
        freeze_due(1)
        batch = claim()
        assert batch
        batch.deliveries.update(state=DeliveryState.ACCEPTED)
        Batch.objects.filter(pk=batch.pk).update(state="settled")
        return mailing.pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


@pytest.fixture
def publication(mailing: Mailing) -> Publication:
    return mailing.issue.publication


def let_time_run_out() -> None:
    a_moment_ago = timezone.now() - timedelta(seconds=1)
    Mailing.objects.update(scheduled_at=a_moment_ago - timedelta(hours=24), not_after=a_moment_ago)


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def sent() -> int:
    transport = FakeTransport()
    drain(transport)
    return len(transport.addresses)


def paused(mailing: Mailing) -> None:
    scheduling.pause(mailing)


def killed(_mailing: Mailing) -> None:
    kill_switch.turn_on(by="ops", why="")


def out_of_order(_mailing: Mailing) -> None:
    Lane.objects.create(name=MAIN, closed_until=timezone.now() + timedelta(days=2))


def nobody_at_work(_mailing: Mailing) -> None:
    """All workers are down."""


HELD_BY = pytest.mark.parametrize("hold", [paused, killed, out_of_order, nobody_at_work])


@HELD_BY
def test_whatever_held_a_mailing_beyond_its_time_drops_nobody(
    mailing: Mailing, hold: Callable[[Mailing], None]
) -> None:
    hold(mailing)
    let_time_run_out()

    assert sent() == 0

    assert states() == [DeliveryState.ACCEPTED, DeliveryState.PLANNED, DeliveryState.PLANNED]
    mailing.refresh_from_db()
    assert mailing.state in deadlines.WAITING
    assert deadlines.unsent_of(mailing) == 2


@HELD_BY
def test_what_was_not_sent_in_time_is_sent_after_all_if_a_person_says_so(
    mailing: Mailing, hold: Callable[[Mailing], None]
) -> None:
    hold(mailing)
    let_time_run_out()
    sent()
    clone_guard.send_from_here(by="ops")
    Lane.objects.all().delete()
    mailing.refresh_from_db()

    assert deadlines.send_after_all(mailing) == 2

    assert sent() == 2
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED
    assert states() == [DeliveryState.ACCEPTED] * 3


def test_what_a_person_leaves_out_says_that_it_was_too_late_and_the_counts_add_up(
    mailing: Mailing,
) -> None:
    let_time_run_out()
    sent()

    assert deadlines.leave_out(mailing) == 2

    assert sent() == 0
    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED
    assert counts_of(mailing).by_reason == {(DeliveryState.SKIPPED, Reason.EXPIRED): 2}


def test_turning_the_kill_switch_off_too_late_drops_nobody(mailing: Mailing) -> None:
    kill_switch.turn_on(by="ops", why="")
    let_time_run_out()

    clone_guard.send_from_here(by="ops")

    assert sent() == 0
    assert states().count(DeliveryState.PLANNED) == 2
    assert [vars(late)["unsent"] for late in deadlines.late_mailings()] == [2]


def test_resuming_too_late_says_how_many_are_not_sent_and_drops_nobody(mailing: Mailing) -> None:
    scheduling.pause(mailing)
    let_time_run_out()
    mailing.refresh_from_db()

    with pytest.raises(LookAgain, match="2 emails not sent"):
        scheduling.resume(mailing)

    assert sent() == 0
    assert states().count(DeliveryState.PLANNED) == 2


def test_a_paused_mailing_with_nothing_left_finishes_however_late(mailing: Mailing) -> None:
    Delivery.objects.update(state=DeliveryState.ACCEPTED)
    Batch.objects.update(state="settled")
    scheduling.pause(mailing)
    let_time_run_out()
    mailing.refresh_from_db()

    scheduling.resume(mailing)
    sent()

    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED


def test_what_is_on_the_wire_when_time_runs_out_is_waited_for(mailing: Mailing) -> None:
    batch = claim()
    assert batch
    assert commit_intent(batch)
    let_time_run_out()

    sent()

    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_what_was_to_be_asked_about_once_more_stays_unknown_and_nobody_is_bothered(
    mailing: Mailing,
) -> None:
    drain(FakeTransport(lambda copy: Outcome.UNKNOWN))
    Delivery.objects.filter(state=DeliveryState.UNKNOWN).update(
        state=DeliveryState.PLANNED, reason=""
    )
    Batch.objects.exclude(handed_at=None).update(
        state="pending", first_handed_at=timezone.now(), settled_at=None
    )
    Mailing.objects.update(state=MailingState.SENDING, finished_at=None)
    let_time_run_out()

    sent()

    mailing.refresh_from_db()
    assert mailing.state == MailingState.FINISHED
    assert states().count(DeliveryState.UNKNOWN) == 2


@pytest.mark.parametrize("do", [deadlines.send_after_all, deadlines.leave_out])
def test_a_mailing_that_has_time_is_left_as_it_is(
    mailing: Mailing, do: Callable[[Mailing], int]
) -> None:
    with pytest.raises(LookAgain, match="being sent"):
        do(mailing)

    assert sent() == 2
