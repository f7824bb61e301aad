"""What is kept of what happened to mailings and batches."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletter.editorial import scheduling
from newsletter.ledger import batches, mailings
from newsletter.ledger.history import this_worker
from newsletter.models import (
    ActorKind,
    Batch,
    BatchState,
    BatchTransition,
    HistoryEntry,
    Mailing,
    MailingTransition,
    Trouble,
)
from newsletter.safety import retention
from newsletter.sending.recovering import recover
from newsletter.transports.remote_words import without_addresses
from subscribers.models import Publication
from tests.newsletter.factories import frozen_to

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(
    kept_for_the_module: Callable[[], AbstractContextManager[None]],
) -> int:
    """One that is being sent, with one batch."""
    with kept_for_the_module():
        return frozen_to("r@a.example").pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


@pytest.fixture
def publication(mailing: Mailing) -> Publication:
    return mailing.issue.publication


def history_of(mailing: Mailing) -> QuerySet[HistoryEntry]:
    return HistoryEntry.objects.filter(mailing=mailing)


def test_a_mailing_tells_how_it_came_to_be_sent(mailing: Mailing) -> None:
    steps = history_of(mailing).values_list("transition", "before", "after")

    assert list(steps) == [
        ("schedule", "", "scheduled"),
        ("hold", "scheduled", "held"),
        ("freeze", "held", "freezing"),
        ("start", "freezing", "sending"),
    ]


def test_it_is_kept_who_did_it(mailing: Mailing, admin_user: User) -> None:
    scheduling.pause(mailing, by=admin_user)

    entry = history_of(mailing).get(transition=MailingTransition.PAUSE)
    assert (entry.actor_kind, entry.user_id) == (ActorKind.PERSON, admin_user.pk)
    assert entry.actor_name == ""


def test_what_is_refused_leaves_no_trace(mailing: Mailing) -> None:
    before = history_of(mailing).count()

    paused = mailings.transition(
        Mailing.objects.filter(pk=mailing.pk), MailingTransition.RESUME, by=this_worker()
    )

    assert not paused
    assert history_of(mailing).count() == before


def test_a_trouble_that_lasts_is_told_once(mailing: Mailing) -> None:
    itself = Mailing.objects.filter(pk=mailing.pk)
    for _time in range(3):
        mailings.hinder(itself, Trouble.UNAVAILABLE, {"words": "nobody answers"})

    entry = history_of(mailing).get(transition=MailingTransition.HINDER)
    assert (entry.why, entry.about) == (Trouble.UNAVAILABLE, {"words": "nobody answers"})


def test_a_batch_taken_back_from_a_worker_that_stopped_is_history(mailing: Mailing) -> None:
    batch = mailing.batches.get()
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.CLAIMED,
        token=uuid.uuid4(),
        worker=mailing.worker_id,
        lease_until=timezone.now() - timedelta(seconds=1),
    )

    recover()

    entry = history_of(mailing).get(batch=batch)
    assert (entry.transition, entry.before, entry.after) == (
        BatchTransition.RECOVER,
        BatchState.CLAIMED,
        BatchState.PENDING,
    )


def test_the_course_of_a_batch_without_incident_is_not(mailing: Mailing) -> None:
    itself = Batch.objects.filter(mailing=mailing)
    held = {"token": uuid.uuid4(), "worker": mailing.worker_id, "lease_until": timezone.now()}
    batches.transition(itself, BatchTransition.CLAIM, **held)
    batches.transition(itself, BatchTransition.HAND_OVER)
    batches.transition(itself, BatchTransition.SETTLE)

    assert not history_of(mailing).exclude(batch=None).exists()


def test_history_cannot_be_rewritten(mailing: Mailing) -> None:
    entry = history_of(mailing).latest("pk")
    for write in (
        entry.save,
        entry.delete,
        history_of(mailing).delete,
        lambda: history_of(mailing).update(why=""),
    ):
        with pytest.raises(TypeError):
            write()


@pytest.mark.parametrize(
    "wrong",
    [
        {"transition": "claim"},
        {"transition": "lose"},
        {"before": ""},
        {"why": "boredom"},
        {"actor_kind": "nobody"},
        {"user_id": 1},
    ],
    ids=str,
)
def test_the_database_takes_no_history_that_makes_no_sense(
    wrong: dict[str, object], mailing: Mailing
) -> None:
    columns = {
        "transition": "pause",
        "before": "sending",
        "after": "paused",
        "at": timezone.now(),
        "actor_kind": "worker",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        HistoryEntry.objects.create(mailing=mailing, **{**columns, **wrong})


def test_the_log_says_the_same_once_it_is_committed(
    mailing: Mailing,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        caplog.at_level(logging.INFO, "newsletter.ledger.history"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        scheduling.pause(mailing, by="a command")

    (said,) = caplog.messages
    assert said.startswith(f"mailing={mailing.pk} batch=- transition=pause from=sending to=paused")
    assert said.endswith(" by=person:a command why=-")


def test_it_goes_with_the_deliveries_of_its_mailing(mailing: Mailing) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(tallied_at=timezone.now())

    retention.forget_history(1000)

    assert not history_of(mailing).exists()


@pytest.mark.parametrize(
    "said",
    ["550 <reader@example.org> is gone", "no reader@example.org here", "(reader@example.org)"],
)
def test_words_of_others_are_kept_without_addresses(said: str) -> None:
    cleaned = without_addresses(said)

    assert "@" not in cleaned
    assert "example.org" not in cleaned
