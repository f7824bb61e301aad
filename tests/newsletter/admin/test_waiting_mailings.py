"""Mailings that wait for a person: about to go out, too late to start, or not answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.models import Lane, Mailing, MailingState
from newsletter.sending.delivering import commit_intent
from subscribers.bell import ring
from subscribers.channels import MAIN, Channel
from subscribers.services.kill_switch import turn_on
from subscribers.wordings import told
from tests.newsletter.admin.conftest import Keep, Staff, a_mailing, a_publication, an_issue
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


def address(name: str, mailing: Mailing) -> str:
    return reverse(f"admin:newsletter_mailing_{name}", args=[mailing.pk])


def desk(client: Client, mailing: Mailing) -> str:
    return client.get(address("change", mailing)).content.decode()


@pytest.fixture(scope="module")
def kept_mailings(kept_for_the_module: Keep) -> dict[str, int]:
    """One that is due and can be undone for ten minutes, one that is overdue, one that is sent."""
    with kept_for_the_module():
        publication = a_publication(undo_seconds=600)
        held = schedule(an_issue(publication), at=None, by=None, even_to_nobody=True)
        overdue = schedule(an_issue(publication), at=None, by=None, even_to_nobody=True)
        late = timezone.now() - timedelta(hours=3)
        Mailing.objects.filter(pk=overdue.pk).update(scheduled_at=late)
        assert freeze_due(50) == 0
        publication.undo_seconds = 0
        publication.save()
        mailing = a_mailing(an_issue(publication))
        return {"held": held.pk, "overdue": overdue.pk, "mailing": mailing.pk}


@pytest.fixture
def held(db: None, kept_mailings: dict[str, int]) -> Mailing:
    return Mailing.objects.get(pk=kept_mailings["held"])


@pytest.fixture
def overdue(db: None, kept_mailings: dict[str, int]) -> Mailing:
    return Mailing.objects.get(pk=kept_mailings["overdue"])


@pytest.fixture
def mailing(db: None, kept_mailings: dict[str, int]) -> Mailing:
    return Mailing.objects.get(pk=kept_mailings["mailing"])


def test_a_held_mailing_tells_how_long_it_can_be_undone(
    admin_client: Client, held: Mailing
) -> None:
    text = desk(admin_client, held)
    progress = admin_client.get(address("progress", held)).json()

    assert "It goes out in " in text
    assert "Undo</button>" in text
    assert "Cancel …" not in text
    assert progress["countdown"].startswith("It goes out in ")


def test_a_held_mailing_whose_time_is_over_goes_out_any_moment(
    admin_client: Client, held: Mailing
) -> None:
    Mailing.objects.filter(pk=held.pk).update(release_at=timezone.now())

    assert "It goes out any moment now." in desk(admin_client, held)


def test_a_mailing_waits_for_mail_of_the_one_before(admin_client: Client, mailing: Mailing) -> None:
    batch = claim()
    assert batch
    assert commit_intent(batch)
    cancel(mailing)
    second = schedule(mailing.issue, at=None, by=None)

    assert freeze_due(50) == 0
    assert "It waits for emails of the previous mailing" in desk(admin_client, second)


def test_undoing_sends_nothing(admin_client: Client, held: Mailing) -> None:
    answer = admin_client.post(address("cancel", held), follow=True)

    held.refresh_from_db()
    assert held.state == MailingState.CANCELLED
    assert "Cancelled. Nothing was sent." in answer.content.decode()


def test_who_may_only_look_cannot_undo(staff: Staff, held: Mailing) -> None:
    text = desk(staff.may("view_mailing"), held)

    assert "It goes out in " in text
    assert "Undo" not in text


def test_an_overdue_mailing_says_why_it_did_not_start(
    admin_client: Client, overdue: Mailing
) -> None:
    text = desk(admin_client, overdue)

    assert "Its time passed while nothing was running to send it." in text
    assert "Start it now</button>" in text
    assert "Cancel …" in text
    assert "when its time comes" not in text


def test_an_overdue_mailing_starts_when_told_and_the_bell_rings(
    admin_client: Client,
    overdue: Mailing,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        admin_client.post(address("start", overdue))

    overdue.refresh_from_db()
    assert (overdue.state, overdue.trouble) == (MailingState.SCHEDULED, "")
    assert [getattr(callback, "func", None) for callback in callbacks].count(ring) == 1
    assert told(LogEntry.objects.get().change_message) == "Started late."


def test_what_is_not_overdue_is_not_started_by_hand(admin_client: Client, held: Mailing) -> None:
    answer = admin_client.post(address("start", held), follow=True)

    assert "This mailing is now" in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_the_facts_tell_until_when_it_sends_and_the_policy(
    admin_client: Client, mailing: Mailing
) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(
        not_after=datetime(2100, 6, 1, 8, 15, tzinfo=UTC),
        unknown_policy="resend_once",
    )

    text = desk(admin_client, mailing)

    assert "1 June 2100, 08:15 (Bamako)" in text
    assert "resend once, if nothing is heard for half an hour" in text


def test_the_facts_tell_the_channel_where_there_are_several(
    admin_client: Client, mailing: Mailing, settings: Settings
) -> None:
    assert "<dt>Channel</dt>" not in desk(admin_client, mailing)
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "smtp")}

    assert "<dt>Channel</dt>" in desk(admin_client, mailing)


def test_it_says_when_a_mail_service_that_does_not_answer_is_tried_again(
    admin_client: Client, mailing: Mailing
) -> None:
    Lane.objects.create(name=MAIN, failures=2, closed_until=timezone.now() + timedelta(hours=1))

    text = desk(admin_client, mailing)

    assert "The mail service does not answer; next try at " in text
    assert "(Bamako)" in text


@pytest.mark.parametrize(("lane", "seconds"), [(MAIN, -1), ("another-transport", 60)])
def test_a_lane_that_is_open_or_not_in_use_is_not_spoken_of(
    admin_client: Client, mailing: Mailing, lane: str, seconds: int
) -> None:
    Lane.objects.create(name=lane, closed_until=timezone.now() + timedelta(seconds=seconds))

    assert "does not answer" not in desk(admin_client, mailing)


def test_a_mailing_that_is_not_being_sent_waits_for_no_lane(
    admin_client: Client, held: Mailing
) -> None:
    Lane.objects.create(name=MAIN, closed_until=timezone.now() + timedelta(hours=1))

    assert "does not answer" not in desk(admin_client, held)


def test_a_mailing_that_the_kill_switch_stops_says_so(
    admin_client: Client, mailing: Mailing
) -> None:
    turn_on(by="awa", why="wrong map")

    progress = admin_client.get(address("progress", mailing)).json()

    assert "Nothing is sent: the kill switch is on." in progress["html"]


def test_why_it_did_not_start_is_french_for_a_french_editor(
    admin_client: Client, overdue: Mailing
) -> None:
    page = reverse("admin:newsletter_mailing_change", args=[overdue.pk])

    text = admin_client.get(page, headers={"accept-language": "fr"}).content.decode()

    assert "Its time passed" not in text
    assert "desk-trouble" in text
