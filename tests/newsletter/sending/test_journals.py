"""A worker that dies with a batch in its hands, and what its journal settles."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
)
from newsletter.models.obstacles import Obstacle
from newsletter.sending.delivering import commit_intent
from newsletter.sending.journals import left_behind, own_journal
from newsletter.transports.base import AboutToSend, Outcome, Result
from newsletter.worker import drain
from tests.newsletter.factories import frozen_to
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Stands for the end of a process: nothing of ours handles it."""


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to(*(f"r{number}@a.example" for number in range(3))).pk


@pytest.fixture
def ids(db: None, kept_mailing: int) -> list[int]:
    """Three deliveries of one batch that is handed over."""
    batch = claim()
    assert batch is not None
    commit_intent(batch)
    return list(Delivery.objects.order_by("mailbox").values_list("pk", flat=True))


def die_after(*events: AboutToSend | Result) -> None:
    with suppress(Killed), own_journal() as journal:
        batch = Batch.objects.get()
        journal.claim(str(batch.token))
        journal.begin(batch.pk)
        for event in events:
            journal.note(event)
        raise Killed


def states() -> list[str]:
    return list(Delivery.objects.order_by("mailbox").values_list("state", flat=True))


def test_a_result_that_was_only_noted_is_recorded(ids: list[int]) -> None:
    noted = Result(ids[0], Outcome.ACCEPTED, "250 queued", None, "7", "a.eml", Obstacle.STATUS)
    die_after(AboutToSend((ids[0],)), noted)

    drain(FakeTransport())

    first = Delivery.objects.get(pk=ids[0])
    assert (first.state, first.detail) == (DeliveryState.ACCEPTED, "250 queued")
    assert (first.remote_id, first.outbox_name, first.obstacle) == ("7", "a.eml", "status")


def test_only_the_copy_that_was_on_the_wire_is_unknown(ids: list[int]) -> None:
    die_after(AboutToSend((ids[0],)), Result(ids[0], Outcome.ACCEPTED), AboutToSend((ids[1],)))
    transport = FakeTransport()

    drain(transport)

    assert states() == [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED]
    assert Delivery.objects.get(pk=ids[1]).reason == Reason.WORKER_LOST
    assert transport.addresses == ["r2@a.example"]


def test_a_worker_that_died_before_the_first_copy_leaves_nothing_unknown(ids: list[int]) -> None:
    die_after()
    transport = FakeTransport()

    drain(transport)

    assert states() == [DeliveryState.ACCEPTED] * 3
    assert len(transport.addresses) == 3


def test_a_line_cut_short_by_death_announces_nothing(ids: list[int]) -> None:
    die_after(AboutToSend((ids[0],)))
    [journal] = Path(settings.JOURNAL_DIR).glob("*.journal")
    journal.write_bytes(journal.read_bytes()[:-1])

    drain(FakeTransport())

    assert states() == [DeliveryState.ACCEPTED] * 3


def test_evidence_that_comes_after_the_lease_ended_settles_the_unknown(ids: list[int]) -> None:
    Batch.objects.update(state=BatchState.SETTLED)
    Delivery.objects.update(state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST)
    die_after(AboutToSend((ids[0],)), Result(ids[0], Outcome.ACCEPTED), AboutToSend((ids[1],)))

    drain(FakeTransport())

    assert states() == [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED]


def test_what_is_said_of_a_batch_that_another_worker_has_by_now_does_not_count(
    ids: list[int],
) -> None:
    die_after(AboutToSend((ids[0],)))
    Batch.objects.update(token=uuid.uuid4())

    drain(FakeTransport())

    assert states() == [DeliveryState.PLANNED] * 3


def test_evidence_that_nothing_left_takes_a_finished_mailing_up_again(ids: list[int]) -> None:
    Batch.objects.update(state=BatchState.SETTLED)
    Delivery.objects.update(state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST)
    Mailing.objects.update(state=MailingState.FINISHED, finished_at=timezone.now())
    die_after()

    drain(FakeTransport())

    assert states() == [DeliveryState.ACCEPTED] * 3
    assert Mailing.objects.get().state == MailingState.FINISHED


def test_a_journal_is_read_once(ids: list[int]) -> None:
    die_after(AboutToSend((ids[0],)))

    drain(FakeTransport())

    assert list(Path(settings.JOURNAL_DIR).iterdir()) == []


def test_the_journal_of_a_living_worker_is_left_alone() -> None:
    with own_journal() as journal:
        journal.claim("t")
        with left_behind() as found:
            assert list(found) == []
        journal.note(AboutToSend((1,)))


def test_a_journal_is_on_the_disk_before_the_call_returns() -> None:
    with own_journal() as journal:
        journal.claim("t")
        journal.begin(1)
        journal.note(AboutToSend((7, 8)))
        [path] = Path(settings.JOURNAL_DIR).glob("*.journal")
        written = os.read(os.open(path, os.O_RDONLY), 1000)

    assert written == b'["claim", "t"]\n["batch", 1]\n["handing", 7, 8]\n'


def test_a_worker_that_ends_well_leaves_no_journal() -> None:
    with own_journal() as journal:
        journal.claim("t")

    assert list(Path(settings.JOURNAL_DIR).iterdir()) == []


def test_reading_that_fails_keeps_the_journal(ids: list[int]) -> None:
    die_after()

    with pytest.raises(ZeroDivisionError), left_behind():
        1 / 0  # noqa: B018

    assert len(list(Path(settings.JOURNAL_DIR).iterdir())) == 1
