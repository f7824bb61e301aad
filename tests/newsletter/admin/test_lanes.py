"""How fast a way out may be used is set here; the rest of it is shown."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.contrib.admin import site
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from newsletter.admin.lanes import LIMITS, LaneAdmin
from newsletter.models import DomainGroup, Lane
from subscribers.channels import MAIN, Channel
from tests.newsletter.admin.conftest import Staff

pytestmark = pytest.mark.django_db

ADD = "admin:newsletter_lane_add"


def page_of(lane: Lane) -> str:
    return reverse("admin:newsletter_lane_change", args=[lane.pk])


def test_a_rate_can_be_set_ahead_of_the_first_mail(admin_client: Client) -> None:
    text = admin_client.get(reverse(ADD)).content.decode()
    admin_client.post(reverse(ADD), {"rate": "2.5", "name": "another", "failures": "7"})

    lane = Lane.objects.get()
    assert "main (outbox)" in text
    assert (lane.name, lane.rate, lane.failures) == (MAIN, 2.5, 0)


def test_where_there_are_several_channels_one_is_chosen(
    admin_client: Client, settings: Settings
) -> None:
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "smtp")}

    text = admin_client.get(reverse(ADD)).content.decode()
    admin_client.post(reverse(ADD), {"rate": "2", "name": "alerts"})
    admin_client.post(reverse(ADD), {"rate": "3"})

    assert "alerts (smtp)" in text
    assert dict(Lane.objects.values_list("name", "rate")) == {"alerts": 2, MAIN: 3}


def test_there_is_one_lane_a_channel(admin_client: Client) -> None:
    Lane.objects.create(name=MAIN)

    assert admin_client.get(reverse(ADD)).status_code == 403


def test_only_the_rate_is_changed_by_hand(admin_client: Client) -> None:
    lane = Lane.objects.create(name="smtp", failures=3, rate=5)

    admin_client.post(
        page_of(lane), {"rate": "", "name": "x", "failures": "0", "rate_limited_until": "x"}
    )

    lane.refresh_from_db()
    assert (lane.name, lane.failures, lane.rate) == ("smtp", 3, None)


def test_what_workers_wrote_meanwhile_stays(rf: RequestFactory) -> None:
    request = rf.get("/")
    lane = Lane.objects.create(name="smtp")
    read_before = Lane.objects.get()
    Lane.objects.update(failures=4, spent=70)

    read_before.rate = 2
    admin = LaneAdmin(Lane, site)
    form = admin.get_form(request, read_before, fields=LIMITS)(instance=read_before)
    admin.save_model(request, read_before, form, change=True)

    lane.refresh_from_db()
    assert (lane.rate, lane.failures, lane.spent) == (2, 4, 70)


def test_what_other_limits_had_used_up_is_forgotten(admin_client: Client) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    lane = Lane.objects.create(name="smtp", daily_cap=10, rate_limited_until=tomorrow)

    admin_client.post(page_of(lane), {"daily_cap": "500"})

    lane.refresh_from_db()
    assert (lane.daily_cap, lane.rate_limited_until) == (500, None)


def test_a_warm_up_needs_its_first_day_and_a_number(admin_client: Client) -> None:
    lane = Lane.objects.create(name="smtp")

    text = admin_client.post(page_of(lane), {"warm_up_first": "50"}).content.decode()

    assert "A warm-up needs its first day" in text


def test_a_group_of_domains_is_made_by_hand(admin_client: Client) -> None:
    rows = {"domains-TOTAL_FORMS": "2", "domains-INITIAL_FORMS": "0"}
    rows |= {"domains-0-domain": "GMail.com ", "domains-1-domain": "bücher.example"}

    admin_client.post(
        reverse("admin:newsletter_domaingroup_add"), {"name": "Google", "daily_cap": "50", **rows}
    )

    group = DomainGroup.objects.get()
    assert group.daily_cap == 50
    assert set(group.domains.values_list("domain", flat=True)) == {
        "gmail.com",
        "xn--bcher-kva.example",
    }


def test_what_is_no_domain_is_refused(admin_client: Client) -> None:
    rows = {"domains-TOTAL_FORMS": "1", "domains-INITIAL_FORMS": "0", "domains-0-domain": "a b"}

    text = admin_client.post(
        reverse("admin:newsletter_domaingroup_add"), {"name": "Google", **rows}
    ).content.decode()

    assert "Write it like gmail.com." in text
    assert not DomainGroup.objects.exists()


def test_the_list_tells_how_much_of_the_day_is_used(admin_client: Client) -> None:
    day = timezone.now().astimezone(UTC).date()
    DomainGroup.objects.create(name="Google", daily_cap=1200, spent_on=day, spent=1000)

    text = admin_client.get(reverse("admin:newsletter_domaingroup_changelist")).content.decode()

    assert "1,000 of 1,200" in text


@pytest.mark.parametrize("rate", ["0", "-1", "0.001", "nan", "fast"])
def test_a_rate_that_is_none_is_refused(admin_client: Client, rate: str) -> None:
    lane = Lane.objects.create(name="smtp")

    answer = admin_client.post(page_of(lane), {"rate": rate})

    assert list(answer.context["adminform"].form.errors) == ["rate"]


def test_the_list_tells_what_has_no_limit(admin_client: Client) -> None:
    Lane.objects.create(name="smtp")

    text = admin_client.get(reverse("admin:newsletter_lane_changelist")).content.decode()

    assert "no limit" in text


def test_a_lane_is_never_deleted(admin_client: Client) -> None:
    lane = Lane.objects.create(name="smtp")

    page = reverse("admin:newsletter_lane_delete", args=[lane.pk])

    assert admin_client.post(page, {"post": "yes"}).status_code == 403


def test_who_may_only_look_changes_no_rate(staff: Staff) -> None:
    lane = Lane.objects.create(name="smtp")
    client = staff.may("view_lane")

    assert client.get(page_of(lane)).status_code == 200
    assert client.post(page_of(lane), {"rate": "2"}).status_code == 403
