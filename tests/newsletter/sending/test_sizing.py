from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.models import Batch, DomainGroup, Lane
from newsletter.models.clock import today
from newsletter.sending.sizing import batch_size
from subscribers.channels import MAIN
from subscribers.models import Publication
from tests.newsletter.factories import handed_over
from tests.newsletter.fakes import FakeTransport

pytestmark = pytest.mark.django_db


class Steady(FakeTransport):
    """Takes anything between 3 and 1,000 at a time."""

    def __init__(self) -> None:
        super().__init__(batch_size=1000)
        self.smallest_batch = 3


def sent_at(publication: Publication, rate: float) -> None:
    """A mailing to 4 readers of `publication` went out with so many emails a second."""
    handed_over(publication, *(f"r{n}@a.example" for n in range(4)))
    now = timezone.now()
    Batch.objects.update(handed_at=now - timedelta(seconds=4 / rate), settled_at=now)


@pytest.mark.parametrize(("rate", "size"), [(1, 3), (40, 80), (4000, 1000)])
def test_a_batch_is_two_seconds_of_work(publication: Publication, rate: float, size: int) -> None:
    sent_at(publication, rate)

    assert batch_size(Steady(), MAIN) == size


def test_before_anything_was_sent_a_middling_rate_is_taken_for_true() -> None:
    assert batch_size(Steady(), MAIN) == 500


def test_where_operators_set_a_rate_no_more_goes_in_one_go() -> None:
    Lane.objects.create(name=MAIN, rate=40)

    assert batch_size(Steady(), MAIN) == 80


def test_a_group_is_sent_no_more_at_a_time_than_its_rate_and_its_day_allow() -> None:
    slow, capped = DomainGroup(rate=1), DomainGroup(rate=100, daily_cap=30)

    assert (slow.together(1000, today()), capped.together(1000, today())) == (50, 30)
