"""How fast a way out may be used is set here; the rest of it is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.lanes import LaneAdmin, LaneForm
from newsletter.models import Lane
from tests.newsletter.admin.conftest import Staff

pytestmark = pytest.mark.django_db

ADD = "admin:newsletter_lane_add"


def page_of(lane: Lane) -> str:
    return reverse("admin:newsletter_lane_change", args=[lane.pk])


def test_a_rate_can_be_set_ahead_of_the_first_mail(admin_client: Client) -> None:
    text = admin_client.get(reverse(ADD)).content.decode()
    admin_client.post(reverse(ADD), {"rate": "2.5", "name": "another", "failures": "7"})

    lane = Lane.objects.get()
    assert settings.MAIL_TRANSPORT in text
    assert (lane.name, lane.rate, lane.failures) == (settings.MAIL_TRANSPORT, 2.5, 0)


def test_there_is_one_lane_a_transport(admin_client: Client) -> None:
    Lane.objects.create(name=settings.MAIL_TRANSPORT)

    assert admin_client.get(reverse(ADD)).status_code == 403


def test_only_the_rate_is_changed_by_hand(admin_client: Client) -> None:
    lane = Lane.objects.create(name="smtp", failures=3, rate=5)

    admin_client.post(page_of(lane), {"rate": "", "name": "x", "failures": "0", "free_at": "x"})

    lane.refresh_from_db()
    assert (lane.name, lane.failures, lane.rate) == ("smtp", 3, None)


def test_what_workers_wrote_meanwhile_stays() -> None:
    lane = Lane.objects.create(name="smtp")
    read_before = Lane.objects.get()
    Lane.objects.update(failures=4, free_at=timezone.now() + timedelta(minutes=1))

    read_before.rate = 2
    admin = LaneAdmin(Lane, None)  # type: ignore[arg-type]
    admin.save_model(None, read_before, LaneForm(instance=read_before), change=True)  # type: ignore[arg-type]

    lane.refresh_from_db()
    assert (lane.rate, lane.failures) == (2, 4)
    assert lane.free_at is not None


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
