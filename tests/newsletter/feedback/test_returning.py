"""Mailboxes from which our mail keeps coming back are mailed no more, after a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletter.feedback.returning import suppress_returned
from newsletter.models import Delivery, DeliveryOutcome
from subscribers.models import Publication, Suppression, SuppressionReason
from tests.newsletter.factories import handed_over
from tests.newsletter.feedback.test_tracking import event, happen

pytestmark = pytest.mark.django_db

READER = "r@a.example"
SOFT, DELIVERED = DeliveryOutcome.BOUNCED_SOFT, DeliveryOutcome.DELIVERED


def mailed(publication: Publication, *outcomes: tuple[int, DeliveryOutcome]) -> None:
    """A mail to the reader for each of `outcomes`, that it had so many days ago."""
    for days, outcome in outcomes:
        handed_over(publication, READER).deliveries.update(
            outcome=outcome,
            outcome_at=timezone.now() - timedelta(days=days),
        )


def days_ago(*days: int) -> Iterable[tuple[int, DeliveryOutcome]]:
    return ((day, SOFT) for day in days)


def test_four_in_a_row_that_came_back_are_enough(publication: Publication) -> None:
    mailed(publication, *days_ago(90, 60, 30, 1))

    suppress_returned({READER})

    assert Suppression.objects.get().reason == SuppressionReason.RETURNED


@pytest.mark.parametrize(
    "outcomes",
    [
        [*days_ago(60, 30, 1)],
        [*days_ago(190, 60, 30, 1)],
        [*days_ago(4, 3, 2, 1)],
        [*days_ago(90, 60), (45, DELIVERED), *days_ago(30, 1)],
        [*days_ago(120, 90, 60, 30), (1, DELIVERED)],
    ],
    ids=["three", "too long ago", "on a holiday", "with one that arrived", "before one did"],
)
def test_fewer_or_with_one_that_arrived_are_not(
    publication: Publication, outcomes: list[tuple[int, DeliveryOutcome]]
) -> None:
    mailed(publication, *outcomes)

    suppress_returned({READER})

    assert not Suppression.objects.exists()


def test_how_many_are_enough_can_be_set(publication: Publication, settings: Settings) -> None:
    settings.SOFT_BOUNCES = 2
    mailed(publication, *days_ago(40, 1))

    suppress_returned({READER})

    assert Suppression.objects.exists()
    assert Delivery.objects.count() == 2


def test_what_is_reported_of_the_last_of_them_takes_effect(
    publication: Publication, settings: Settings
) -> None:
    settings.MAIL_TRANSPORT = "mailgun"
    mailed(publication, *days_ago(90, 60, 30, 1))
    last = Delivery.objects.order_by("pk").last()
    assert last is not None
    Delivery.objects.filter(pk=last.pk).update(outcome=None, outcome_at=None)

    happen(event(last, "bounced"))

    assert Suppression.objects.get().reason == SuppressionReason.RETURNED
