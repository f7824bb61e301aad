"""The page of the kill switch, and what every other page says while it is on."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from subscribers.models import KillSwitch
from subscribers.services.clone_guard import send_from_here
from subscribers.services.kill_switch import switch, turn_on
from subscribers.wordings import told
from tests.newsletter.admin.conftest import Staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/subscribers/killswitch/"
ON = f"{PAGE}on/"
OFF = f"{PAGE}off/"
BANNER = "All mail is stopped."


def text_of(client: Client, page: str) -> str:
    return " ".join(client.get(page).content.decode().split())


def test_it_is_off_until_somebody_turns_it_on(admin_client: Client) -> None:
    text = text_of(admin_client, PAGE)

    assert "The kill switch is off" in text
    assert "Stop all mail …" in text


def test_it_tells_since_when_by_whom_and_why(admin_client: Client) -> None:
    turn_on(by="awa", why="wrong map")

    text = text_of(admin_client, PAGE)

    assert "The kill switch is on" in text
    assert f"{switch().changed_at:%H:%M} (UTC)" in text
    assert "<dd> awa </dd>" in text
    assert "<dd> wrong map </dd>" in text


def test_turning_it_on_asks_first(admin_client: Client) -> None:
    text = text_of(admin_client, ON)

    assert "until someone turns the switch off" in text
    assert not KillSwitch.objects.exists()


def test_it_is_turned_on_with_a_reason_and_logged(admin_client: Client) -> None:
    admin_client.post(ON, {"why": "wrong map"})

    assert (switch().is_on, switch().changed_by, switch().why) == (True, "admin", "wrong map")
    assert told(LogEntry.objects.get().change_message) == "All mail is stopped: wrong map"


@pytest.mark.parametrize("why", ["", "  ", "x" * 201, "wrong \u202emap"])
def test_without_a_reason_that_fits_and_can_be_read_it_stays_off(
    admin_client: Client, why: str
) -> None:
    answer = admin_client.post(ON, {"why": why})

    assert list(answer.context["form"].errors) == ["why"]
    assert not switch().is_on


def test_it_is_turned_off_after_a_page_that_asks_and_the_bell_rings(
    admin_client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    turn_on(by="awa", why="wrong map")

    assert "continue at once" in text_of(admin_client, OFF)
    assert switch().is_on

    with django_capture_on_commit_callbacks() as callbacks:
        admin_client.post(OFF)
    assert (switch().is_on, switch().changed_by) == (False, "admin")
    assert len(callbacks) == 1
    assert told(LogEntry.objects.get().change_message) == "Sending resumed."


def test_who_may_only_look_at_it_cannot_turn_it(staff: Staff) -> None:
    client = staff.may("view_killswitch")

    text = text_of(client, PAGE)
    answers = [client.post(page, {"why": "wrong map"}).status_code for page in (ON, OFF)]

    assert "Stop all mail …" not in text
    assert answers == [403, 403]
    assert not switch().is_on


def test_who_may_change_it_needs_no_other_permission(staff: Staff) -> None:
    client = staff.may("change_killswitch")

    client.post(ON, {"why": "wrong map"})

    assert switch().is_on
    assert "Resume sending …" in text_of(client, PAGE)


def test_its_page_takes_no_form(admin_client: Client) -> None:
    assert admin_client.post(PAGE).status_code == 405


def test_it_is_turned_only_with_the_token_of_a_form(admin_user: object) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)  # type: ignore[arg-type]

    assert client.post(ON, {"why": "wrong map"}).status_code == 403
    assert not switch().is_on


@pytest.mark.parametrize("name", ["add", "delete"])
def test_there_is_no_second_switch_and_it_does_not_go(admin_client: Client, name: str) -> None:
    turn_on(by="awa", why="wrong map")
    arguments = [1] if name == "delete" else []

    page = reverse(f"admin:subscribers_killswitch_{name}", args=arguments)

    assert admin_client.post(page).status_code == 403


def test_the_log_leads_to_its_page(admin_client: Client) -> None:
    turn_on(by="awa", why="wrong map")

    answer = admin_client.get(reverse("admin:subscribers_killswitch_change", args=[1]))
    history = admin_client.get(reverse("admin:subscribers_killswitch_history", args=[1]))

    assert answer["Location"] == PAGE
    assert history.status_code == 200


@pytest.mark.parametrize(
    "name", ["index", "newsletter_issue_changelist", "newsletter_issue_add", "password_change"]
)
def test_while_it_is_on_every_page_says_so_and_by_whom(admin_client: Client, name: str) -> None:
    turn_on(by="awa", why="wrong <map>")

    text = text_of(admin_client, reverse(f"admin:{name}"))

    assert BANNER in text
    assert "awa turned the kill switch on: wrong &lt;map&gt;" in text


def test_staff_who_may_not_see_the_switch_are_told_too(staff: Staff) -> None:
    turn_on(by="awa", why="wrong map")

    text = text_of(staff.may(), reverse("admin:index"))

    assert BANNER in text
    assert PAGE not in text


def test_nobody_else_learns_of_it(client: Client) -> None:
    turn_on(by="awa", why="wrong map")

    assert BANNER not in text_of(client, reverse("admin:login"))


def test_once_it_is_off_the_pages_are_quiet(admin_client: Client) -> None:
    turn_on(by="awa", why="wrong map")
    send_from_here(by="awa")

    assert BANNER not in text_of(admin_client, reverse("admin:index"))
