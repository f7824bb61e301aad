from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.freezing import freeze_due
from newsletter.audience.local_times import due_moments, moment_of, zone_of
from newsletter.editorial.scheduling import schedule
from newsletter.models import Mailing
from newsletter.sending.deadlines import LIFETIME
from subscribers.models import Publication, Subscriber
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1))  # noqa: DTZ001 - by any clock


@given(TIMES, ZONES)
def test_clocks_show_the_time_or_were_just_put_forward(shown: datetime, zone: ZoneInfo) -> None:
    moment = moment_of(shown, zone)

    there = moment.astimezone(zone).replace(tzinfo=None)
    put_forward = there - shown
    assert there == shown or timedelta(0) < put_forward <= timedelta(days=1)


@given(TIMES, ZONES)
def test_of_a_time_shown_twice_it_is_the_first(shown: datetime, zone: ZoneInfo) -> None:
    moment = moment_of(shown, zone)

    earlier = moment - timedelta(hours=1)
    assert earlier.astimezone(zone).replace(tzinfo=None) != shown


def test_a_time_that_clocks_leave_out_is_as_much_later() -> None:
    # Paris, 26 March 2023: 02:00 is followed by 03:00.
    shown = datetime(2023, 3, 26, 2, 30)  # noqa: DTZ001 - by the clock there

    assert moment_of(shown, ZoneInfo("Europe/Paris")) == datetime(2023, 3, 26, 1, 30, tzinfo=UTC)


def test_an_unknown_zone_is_the_publications() -> None:
    assert zone_of("Mars/Olympus", ZoneInfo("Africa/Bamako")).key == "Africa/Bamako"


def subscribe(publication: Publication, address: str, zone: str) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address=address)
    Subscriber.objects.filter(address=address).update(time_zone=zone)


def tomorrow_at_nine(publication: Publication) -> datetime:
    today = timezone.localtime(timezone=publication.zone)
    return today.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=2)


def freeze_now(mailing: Mailing) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(scheduled_at=timezone.now())
    assert freeze_due(50) == 1


@pytest.mark.django_db
def test_each_reader_is_due_by_their_own_clock(publication: Publication) -> None:
    publication.time_zone = "Africa/Bamako"
    publication.save()
    zones = {"t@a.example": "Asia/Tokyo", "b@a.example": "", "n@a.example": "America/New_York"}
    for address, zone in zones.items():
        subscribe(publication, address, zone)
    at = tomorrow_at_nine(publication)

    mailing = schedule(make_issue(publication, ("Letter", [])), at=at, by=None, local=True)

    tokyo = moment_of(at.replace(tzinfo=None), ZoneInfo("Asia/Tokyo"))
    new_york = moment_of(at.replace(tzinfo=None), ZoneInfo("America/New_York"))
    assert mailing.scheduled_at == tokyo
    assert mailing.not_after == new_york + LIFETIME
    freeze_now(mailing)
    due = dict(mailing.deliveries.values_list("mailbox", "batch__due_at"))
    assert due == {"t@a.example": tokyo, "b@a.example": at, "n@a.example": new_york}


@pytest.mark.django_db
def test_readers_of_one_moment_share_a_batch(publication: Publication) -> None:
    subscribe(publication, "a@a.example", "Africa/Bamako")
    subscribe(publication, "b@a.example", "Africa/Dakar")

    mailing = schedule(
        make_issue(publication, ("Letter", [])),
        at=tomorrow_at_nine(publication),
        by=None,
        local=True,
    )
    freeze_now(mailing)

    assert mailing.batches.count() == 1


@pytest.mark.django_db
def test_where_the_time_has_passed_it_goes_out_at_once(publication: Publication) -> None:
    subscribe(publication, "k@a.example", "Pacific/Kiritimati")
    soon = timezone.now() + timedelta(hours=1)

    mailing = schedule(make_issue(publication, ("Letter", [])), at=soon, by=None, local=True)

    assert abs(mailing.scheduled_at - timezone.now()) < timedelta(minutes=1)
    assert due_moments(mailing, ["Pacific/Kiritimati"]) == {
        "Pacific/Kiritimati": mailing.scheduled_at
    }


@pytest.mark.django_db
def test_without_local_times_all_are_due_at_once(publication: Publication) -> None:
    subscribe(publication, "t@a.example", "Asia/Tokyo")
    subscribe(publication, "b@a.example", "")
    mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)

    freeze_due(50)

    assert mailing.batches.get().due_at == mailing.scheduled_at
