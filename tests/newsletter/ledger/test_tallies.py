"""The counts that are kept with a mailing are those of its deliveries, whatever happens to them."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newsletter.ledger import deliveries
from newsletter.ledger.recounting import recount, recount_readers
from newsletter.ledger.tallying import add_up, differences, tally
from newsletter.models import (
    Delivery,
    DeliveryOutcome,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    Reason,
    Tally,
)
from newsletter.queries import counts_by_region, counts_of
from subscribers.models import Publication
from tests.newsletter.factories import handed_over

pytestmark = pytest.mark.django_db

READERS = [f"r{number}@a.example" for number in range(6)]

REASONS = {
    DeliveryState.REJECTED: Reason.REFUSED,
    DeliveryState.FAILED: Reason.TOO_MANY_TRIES,
    DeliveryState.SKIPPED: Reason.UNSUBSCRIBED,
    DeliveryState.UNKNOWN: Reason.NO_ANSWER,
}

SOME = st.sets(st.integers(0, len(READERS) - 1))
TRANSITIONS = st.tuples(st.sampled_from(list(DeliveryTransition)), SOME)
REPORTS = st.tuples(st.sampled_from(list(DeliveryOutcome)), SOME)
SUMS: st.SearchStrategy[tuple[None, set[int]]] = st.just((None, set()))


@pytest.fixture
def mailing(publication: Publication) -> Mailing:
    return handed_over(publication, *READERS)


def happen(mailing: Mailing, what: object, places: set[int]) -> None:
    rows = mailing.deliveries.order_by("pk")
    some = Delivery.objects.filter(pk__in=[row.pk for n, row in enumerate(rows) if n in places])
    if isinstance(what, DeliveryTransition):
        reason = REASONS.get(deliveries.ALLOWED_TRANSITIONS[what].target, "")
        deliveries.transition(some, what, reason=reason)
    elif isinstance(what, DeliveryOutcome):
        some.update(outcome=what, outcome_at=timezone.now())
    else:
        add_up()


def counted(mailing: Mailing) -> Counter[tuple[object, ...]]:
    return Counter(mailing.deliveries.values_list("state", "reason", "outcome", "resends"))


def kept(mailing: Mailing) -> Counter[tuple[object, ...]]:
    numbers: Counter[tuple[object, ...]] = Counter()
    for one in mailing.tallies.all():
        numbers[one.state, one.reason, one.outcome, one.resends] += one.number
    return +numbers


@given(steps=st.lists(st.one_of(TRANSITIONS, REPORTS, SUMS), max_size=12))
@hypothesis_settings(suppress_health_check=list(HealthCheck))
def test_after_each_change_the_kept_counts_are_the_counted_ones(
    mailing: Mailing, steps: list[tuple[object, set[int]]]
) -> None:
    for what, places in steps:
        happen(mailing, what, places)

        assert kept(mailing) == counted(mailing)
        assert differences(mailing) == []
        assert counts_of(mailing).balanced


def test_adding_up_leaves_a_row_for_what_stands_alike(mailing: Mailing) -> None:
    for number in range(5):
        happen(mailing, DeliveryTransition.PROVE_REJECTED, {number})
    before = kept(mailing)

    add_up()

    assert kept(mailing) == before
    assert mailing.tallies.count() == len(before) == 2
    assert not Tally.objects.filter(is_sum=False).exists()


def test_what_moved_is_counted_by_region_again(mailing: Mailing) -> None:
    recount_readers(mailing)
    happen(mailing, DeliveryTransition.PROVE_REJECTED, {0, 1})
    before = [(one.region.code, one.planned, one.accepted) for one in counts_by_region(mailing)]

    add_up()
    Mailing.objects.update(recount_at=timezone.now())
    recount()

    after = [(one.region.code, one.planned, one.accepted) for one in counts_by_region(mailing)]
    assert before == [("ML-1", 6, 6)]
    assert after == [("ML-1", 6, 4)]
    mailing.refresh_from_db()
    assert mailing.recount_at is None


def test_a_report_on_what_was_accepted_moves_no_reader(mailing: Mailing) -> None:
    add_up()
    recount_readers(mailing)
    Mailing.objects.update(recount_at=None)

    happen(mailing, DeliveryOutcome.DELIVERED, {0})
    add_up()

    mailing.refresh_from_db()
    assert mailing.recount_at is None


def test_wrong_counts_are_found_and_mended_by_a_command(
    mailing: Mailing, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("mailing", "check")
    Tally.objects.update(number=4)

    with pytest.raises(CommandError, match="--mend"):
        call_command("mailing", "check")
    call_command("mailing", "check", "--mend")
    call_command("mailing", "check")

    said = capsys.readouterr().out
    assert "+2 accepted" in said
    assert said.endswith("The counts are right.\n")
    assert tally(mailing) == len(READERS)
