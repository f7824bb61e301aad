from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.models import DeliveryState, DomainGroup, Lane, Mailing, MailingState, Trouble
from newsletter.models.clock import today
from newsletter.sending import lanes
from newsletter.sending.delivering import commit_intent
from newsletter.transports.base import Outcome, OutgoingMessage, TransportBusy
from newsletter.worker import drain
from subscribers.channels import MAIN
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


def make_group(name: str, *domains: str, **limits: object) -> DomainGroup:
    group = DomainGroup.objects.create(name=name, **limits)
    for domain in domains:
        group.domains.create(domain=domain)
    return group


def mailing_to(publication: Publication, *addresses: str, batch_size: int = 50) -> Mailing:
    for address in addresses:
        make_subscription(publication=publication, regions=["ML-1"], address=address)
    mailing = scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(batch_size)
    mailing.refresh_from_db()
    return mailing


def many(number: int, domain: str) -> list[str]:
    return [f"r{n}@{domain}" for n in range(number)]


def tomorrow_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next day begin, and with it what lanes and groups were closed until."""
    tomorrow = today() + timedelta(days=1)
    monkeypatch.setattr(lanes, "today", lambda: tomorrow)
    DomainGroup.objects.update(rate_limited_until=None)
    Lane.objects.update(rate_limited_until=None)


@pytest.mark.parametrize(
    ("day", "allowance"), [(1, 50), (2, 100), (3, 200), (5, 600), (40, 600), (-3, 50)]
)
def test_a_warm_up_doubles_each_day_up_to_the_cap(day: int, allowance: int) -> None:
    lane = Lane(warm_up_on=date(2026, 3, 1), warm_up_first=50, daily_cap=600)

    assert lane.allowance(date(2026, 3, 1) + timedelta(days=day - 1)) == allowance


def test_a_warm_up_without_a_cap_ends_after_a_month() -> None:
    lane = Lane(warm_up_on=date(2026, 3, 1), warm_up_first=50)

    assert lane.allowance(date(2026, 3, 2)) == 100
    assert lane.allowance(date(2026, 4, 1)) is None


def test_batches_hold_one_group_each(publication: Publication) -> None:
    google = make_group("Google", "gmail.com", "googlemail.com")

    mailing = mailing_to(publication, "a@gmail.com", "b@googlemail.com", "c@other.example")

    by_group = {
        batch.group: set(batch.deliveries.values_list("mailbox", flat=True))
        for batch in mailing.batches.all()
    }
    assert by_group == {google: {"a@gmail.com", "b@googlemail.com"}, None: {"c@other.example"}}


def test_batches_of_a_group_are_no_larger_than_what_a_day_allows(publication: Publication) -> None:
    make_group("Google", "gmail.com", daily_cap=2)

    mailing = mailing_to(publication, *many(3, "gmail.com"), *many(3, "other.example"))

    sizes = [b.deliveries.count() for b in mailing.batches.order_by("group_id", "ordinal")]
    assert sorted(sizes) == [1, 2, 3]


def test_a_group_whose_day_is_used_up_waits_without_holding_up_the_others(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_group("Google", "gmail.com", daily_cap=2)
    mailing = mailing_to(publication, *many(5, "gmail.com"), *many(3, "other.example"))
    transport = FakeTransport()

    drain(transport)
    first_day = transport.addresses
    tomorrow_begins(monkeypatch)
    drain(transport)

    assert sum(address.endswith("gmail.com") for address in first_day) == 2
    assert sum(address.endswith("other.example") for address in first_day) == 3
    assert sum(address.endswith("gmail.com") for address in transport.addresses) == 4
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


def test_a_group_is_mailed_no_faster_than_its_rate(publication: Publication) -> None:
    make_group("Google", "gmail.com", rate=0.1)
    mailing_to(publication, *many(2, "gmail.com"), *many(2, "other.example"), batch_size=1)
    transport = FakeTransport()

    drain(transport)

    assert sum(address.endswith("gmail.com") for address in transport.addresses) == 1
    assert sum(address.endswith("other.example") for address in transport.addresses) == 2


def test_a_lane_stops_at_what_a_day_allows(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lane.objects.create(name=MAIN, daily_cap=3)
    mailing_to(publication, *many(5, "a.example"), batch_size=1)
    transport = FakeTransport()

    drain(transport)
    assert len(transport.addresses) == 3
    tomorrow_begins(monkeypatch)
    drain(transport)

    assert len(transport.addresses) == 5


def test_what_was_only_counted_is_not_let_out_twice_at_once(publication: Publication) -> None:
    Lane.objects.create(name=MAIN, daily_cap=1)
    mailing_to(publication, *many(2, "a.example"), batch_size=1)
    first, second = claim(), claim()
    assert first
    assert second

    assert commit_intent(first)
    assert not commit_intent(second)


def test_a_mailing_lives_for_days_where_a_day_may_not_do(publication: Publication) -> None:
    Lane.objects.create(name=MAIN, daily_cap=1)

    mailing = scheduling.schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )

    assert mailing.not_after - mailing.scheduled_at == timedelta(days=7)


def test_a_service_that_asks_to_be_spared_gets_half_as_much_after_a_pause(
    publication: Publication,
) -> None:
    def busy(copy: OutgoingMessage) -> Outcome:
        raise TransportBusy("slow down", 40)

    mailing_to(publication, *many(6, "a.example"), batch_size=1)
    for _ in range(4):
        assert claim()
    drain(FakeTransport(busy))

    lane = Lane.objects.get()
    assert lane.concurrency == 2
    assert lane.rate_limited_until is not None
    assert 35 < (lane.rate_limited_until - timezone.now()).total_seconds() <= 40
    assert claim() is None
    Lane.objects.update(rate_limited_until=None)
    assert claim() is None, "four are on the wire, and two may be"


def test_what_a_service_was_spared_is_given_back_bit_by_bit(publication: Publication) -> None:
    Lane.objects.create(name=MAIN, concurrency=2)
    mailing_to(publication, *many(3, "a.example"), batch_size=1)

    drain(FakeTransport())

    concurrency = Lane.objects.get().concurrency
    assert concurrency == pytest.approx(2 + 1 / 2 + 1 / 2.5 + 1 / 2.9)


def test_a_service_that_bears_much_is_no_longer_spared() -> None:
    Lane.objects.create(name=MAIN, concurrency=lanes.ANY_NUMBER)

    lanes.record_success(MAIN)

    assert Lane.objects.get().concurrency is None


def test_a_batch_mostly_put_off_slows_the_lane_down(publication: Publication) -> None:
    mailing_to(publication, *many(20, "a.example"))

    drain(FakeTransport(lambda copy: Outcome.DEFERRED))

    assert Lane.objects.get().concurrency == 1


def test_a_batch_of_which_everyone_is_refused_stops_the_mailing(publication: Publication) -> None:
    mailing = mailing_to(publication, *many(40, "a.example"), batch_size=20)
    transport = FakeTransport(lambda copy: Outcome.REJECTED)

    drain(transport)

    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert mailing.trouble == Trouble.REFUSED
    assert len(transport.addresses) == 20
    assert mailing.deliveries.filter(state=DeliveryState.PLANNED).count() == 40


def test_who_is_refused_once_more_after_that_is_refused(publication: Publication) -> None:
    mailing = mailing_to(publication, *many(20, "a.example"))
    transport = FakeTransport(lambda copy: Outcome.REJECTED)
    drain(transport)
    mailing.refresh_from_db()
    scheduling.resume(mailing)

    drain(transport)

    assert mailing.deliveries.filter(state=DeliveryState.REJECTED).count() == 20
