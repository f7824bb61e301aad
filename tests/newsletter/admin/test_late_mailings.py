"""The desk, the kill switch and the commands, when the time of a mailing ran out."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.editorial import scheduling
from newsletter.models import DeliveryState, Mailing, MailingState
from subscribers.services.kill_switch import switch, turn_on
from tests.newsletter.admin.conftest import Staff

pytestmark = pytest.mark.django_db

OFF = "/admin/subscribers/killswitch/off/"


@pytest.fixture
def late(mailing: Mailing) -> Mailing:
    """Two emails are not sent, for somebody paused it and went home."""
    scheduling.pause(mailing)
    yesterday = timezone.now() - timedelta(hours=25)
    Mailing.objects.update(scheduled_at=yesterday, not_after=yesterday + timedelta(hours=24))
    mailing.refresh_from_db()
    return mailing


@pytest.fixture
def killed(late: Mailing) -> Mailing:
    """The same, for the kill switch was on."""
    Mailing.objects.update(state=MailingState.OVERDUE)
    turn_on(by="ops", why="wrong map")
    late.refresh_from_db()
    return late


def address(name: str, mailing: Mailing) -> str:
    return reverse(f"admin:newsletter_mailing_{name}", args=[mailing.pk])


def unsent(mailing: Mailing) -> int:
    return mailing.deliveries.filter(state=DeliveryState.PLANNED).count()


def said(*arguments: object) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_desk_says_how_many_are_not_sent_and_offers_both(
    admin_client: Client, late: Mailing
) -> None:
    text = admin_client.get(address("change", late)).content.decode()

    assert f"Time ran out with {unsent(late)} emails not sent." in text
    assert address("after_all", late) in text
    assert address("leave_out", late) in text
    assert address("resume", late) not in text


def test_resuming_from_an_old_page_says_so_and_drops_nobody(
    admin_client: Client, late: Mailing
) -> None:
    before = unsent(late)

    text = admin_client.post(address("resume", late), follow=True).content.decode()

    assert "Time ran out" in text
    assert unsent(late) == before
    late.refresh_from_db()
    assert late.state == MailingState.PAUSED


def test_a_click_sends_them_after_all(admin_client: Client, late: Mailing) -> None:
    number = unsent(late)

    text = admin_client.post(address("after_all", late), follow=True).content.decode()

    late.refresh_from_db()
    assert f"{number} emails are being sent after all." in text
    assert late.state == MailingState.SENDING
    assert late.not_after > timezone.now() + timedelta(hours=23)


def test_leaving_them_out_asks_first(admin_client: Client, late: Mailing) -> None:
    number = unsent(late)
    asked = " ".join(admin_client.get(address("leave_out", late)).content.decode().split())
    assert f"{number} readers will not get this issue" in asked
    assert unsent(late) == number

    admin_client.post(address("leave_out", late))

    assert unsent(late) == 0


def test_before_the_kill_switch_is_turned_off_late_mailings_are_shown(
    admin_client: Client, killed: Mailing
) -> None:
    text = " ".join(admin_client.get(OFF).content.decode().split())

    assert f"{unsent(killed)} emails not sent" in text
    assert address("change", killed) in text


def test_turning_it_off_leaves_them_waiting_unless_they_are_ticked(
    admin_client: Client, killed: Mailing
) -> None:
    admin_client.post(OFF, {"after_all": ["what", "9" * 40]})
    killed.refresh_from_db()
    assert killed.state == MailingState.OVERDUE
    assert not switch().is_on

    admin_client.post(OFF, {"after_all": [str(killed.pk)]})
    killed.refresh_from_db()
    assert killed.state == MailingState.SENDING


def test_whoever_may_not_change_mailings_sends_nothing_after_all(
    staff: Staff, killed: Mailing
) -> None:
    client = staff.may("change_killswitch")

    client.post(OFF, {"after_all": [str(killed.pk)]})

    killed.refresh_from_db()
    assert (switch().is_on, killed.state) == (False, MailingState.OVERDUE)


def test_the_command_resumes_nothing_that_is_late_and_names_the_ways(late: Mailing) -> None:
    with pytest.raises(CommandError) as refused:
        said("mailing", "resume", late.pk)

    assert f"{unsent(late)} emails not sent" in str(refused.value)
    assert f"manage.py mailing after-all {late.pk}" in str(refused.value)
    assert f"manage.py mailing leave-out {late.pk}" in str(refused.value)


def test_the_command_sends_them_after_all(late: Mailing) -> None:
    said("mailing", "after-all", late.pk)

    late.refresh_from_db()
    assert late.state == MailingState.SENDING


def test_the_command_leaves_them_out(late: Mailing) -> None:
    said("mailing", "leave-out", late.pk)

    assert unsent(late) == 0


def test_kill_off_says_what_waits_and_what_to_do_about_it(killed: Mailing) -> None:
    text = said("kill", "off")

    killed.refresh_from_db()
    assert f"{unsent(killed)} emails not sent" in text
    assert f"manage.py mailing after-all {killed.pk}" in text
    assert killed.state == MailingState.OVERDUE


def test_kill_off_sends_them_after_all_when_told_to(killed: Mailing) -> None:
    text = said("kill", "off", "--after-all")

    killed.refresh_from_db()
    assert f"{unsent(killed)} emails are sent after all" in text
    assert killed.state == MailingState.SENDING
