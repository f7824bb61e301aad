"""What may follow what in the ledger, transition by transition."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.utils import timezone

from newsletter.ledger import batches, deliveries, mailings
from newsletter.ledger.history import SCHEDULE
from newsletter.ledger.rules import Rule
from newsletter.models import (
    Batch,
    BatchState,
    BatchTransition,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
)
from tests.newsletter.factories import frozen_to

pytestmark = pytest.mark.django_db

#: Why a delivery that comes into a state does so.
REASONS: Mapping[str, str] = {
    DeliveryState.EXCLUDED: Reason.SUPPRESSED,
    DeliveryState.REJECTED: Reason.REFUSED,
    DeliveryState.FAILED: Reason.TOO_MANY_TRIES,
    DeliveryState.SKIPPED: Reason.UNSUBSCRIBED,
    DeliveryState.UNKNOWN: Reason.NO_ANSWER,
}


def every(table: Mapping[Any, Rule[Any]], states: Any) -> list[Any]:
    """Each transition out of each state, and whether the table allows it."""
    return [
        pytest.param(name, state, state in rule.sources, id=f"{name}-from-{state}")
        for name, rule in table.items()
        for state in states
    ]


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        return frozen_to("r@a.example").pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    """With one delivery in one batch."""
    return Mailing.objects.get(pk=kept_mailing)


@pytest.mark.parametrize(
    ("name", "state", "allowed"), every(mailings.ALLOWED_TRANSITIONS, MailingState)
)
def test_a_mailing_takes_the_transitions_of_its_table_and_no_others(
    name: MailingTransition, state: MailingState, allowed: bool, mailing: Mailing
) -> None:
    is_over = state == MailingState.FINISHED
    itself = Mailing.objects.filter(pk=mailing.pk)
    itself.update(state=state, finished_at=timezone.now() if is_over else None)
    target = mailings.ALLOWED_TRANSITIONS[name].target
    finished_at = timezone.now() if target == MailingState.FINISHED else None

    moved = mailings.transition(itself, name, by=SCHEDULE, finished_at=finished_at)

    assert moved == allowed
    assert itself.get().state == (target if allowed else state)


@pytest.mark.parametrize(
    ("name", "state", "allowed"), every(batches.ALLOWED_TRANSITIONS, BatchState)
)
def test_a_batch_takes_the_transitions_of_its_table_and_no_others(
    name: BatchTransition, state: BatchState, allowed: bool, mailing: Mailing
) -> None:
    held = {"token": uuid.uuid4(), "worker": mailing.worker_id, "lease_until": timezone.now()}
    itself = Batch.objects.filter(mailing=mailing)
    itself.update(state=state, **held)
    target = batches.ALLOWED_TRANSITIONS[name].target

    moved = batches.transition(itself, name)

    assert moved == allowed
    assert itself.get().state == (target if allowed else state)


@pytest.mark.parametrize(
    ("name", "state", "allowed"), every(deliveries.ALLOWED_TRANSITIONS, DeliveryState)
)
def test_a_delivery_takes_the_transitions_of_its_table_and_no_others(
    name: DeliveryTransition, state: DeliveryState, allowed: bool, mailing: Mailing
) -> None:
    itself = Delivery.objects.filter(mailing=mailing)
    itself.update(state=state, reason=REASONS.get(state, ""))
    target = deliveries.ALLOWED_TRANSITIONS[name].target

    moved = deliveries.transition(itself, name, reason=REASONS.get(target, ""))

    assert moved == allowed
    after = itself.get()
    assert after.state == (target if allowed else state)
    assert not allowed or (after.settled_at is None) == (target == DeliveryState.PLANNED)


@pytest.mark.parametrize("name", deliveries.BY_RESULT)
@pytest.mark.parametrize("state", DeliveryState)
def test_results_go_by_the_same_table(
    name: DeliveryTransition, state: DeliveryState, mailing: Mailing
) -> None:
    itself = Delivery.objects.filter(mailing=mailing)
    itself.update(state=state, reason=REASONS.get(state, ""))
    target = deliveries.ALLOWED_TRANSITIONS[name].target
    reason = REASONS.get(target, "")
    batch, pk = mailing.batches.get(), itself.get().pk
    told = [
        (pk + number, deliveries.Final(name, reason, f"said {number}", "", "", ""))
        for number in range(3)
    ]

    deliveries.record_results(batch, told)

    allowed = state in deliveries.ALLOWED_TRANSITIONS[name].sources
    assert itself.get().state == (target if allowed else state)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (mailings.ALLOWED_TRANSITIONS, MailingTransition),
        (batches.ALLOWED_TRANSITIONS, BatchTransition),
        (deliveries.ALLOWED_TRANSITIONS, DeliveryTransition),
    ],
    ids=["mailing", "batch", "delivery"],
)
def test_each_table_has_every_transition(table: Mapping[Any, Rule[Any]], names: Any) -> None:
    assert set(table) == set(names)
