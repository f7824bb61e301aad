"""At the desk, what takes time to check is asked for, watched, and then scheduled."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletter.admin import preflight as grid
from newsletter.editorial import preflight
from newsletter.editorial.checks import TRUSTED_FOR
from newsletter.editorial.correcting import Said, correct
from newsletter.models import Correction, Issue, Mailing, MailingKind, Preflight, PreflightState
from newsletter.worker import drain
from subscribers.bell import ring
from subscribers.models import ApprovalRule
from subscribers.models.texts import Texts
from tests.factories import make_subscription
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "FEW_INTERESTS", 0)


@pytest.fixture(autouse=True)
def _readers(issue: Issue) -> None:
    for number, regions in enumerate((["ML-1"], ["ML-1"], ["ML-4"])):
        make_subscription(
            publication=issue.publication, regions=regions, address=f"r{number}@a.example"
        )


def page_of(issue: Issue, name: str) -> str:
    return reverse(f"admin:newsletter_issue_{name}", args=[issue.pk])


def test_looking_changes_nothing_and_says_that_it_is_not_checked(
    admin_client: Client, issue: Issue
) -> None:
    for name in ("schedule", "preflight"):
        page = admin_client.get(page_of(issue, name))

        assert "it has not been checked yet" in page.content.decode()
    assert not Preflight.objects.exists()


def test_pressing_schedule_checks_and_then_schedules_what_was_chosen(
    admin_client: Client,
    issue: Issue,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    typed = {"day": "2100-06-01", "clock": "08:30", "local": "on", "unknown_policy": "resend_once"}
    with django_capture_on_commit_callbacks() as callbacks:
        answer = admin_client.post(page_of(issue, "schedule"), typed)
    rung = [getattr(callback, "func", None) for callback in callbacks].count(ring)

    waiting = admin_client.get(answer["Location"])
    drain(FakeTransport())
    done = admin_client.get(answer["Location"])

    assert rung == 1
    assert 'http-equiv="refresh"' in waiting.content.decode()
    assert 'value="Schedule"' not in waiting.content.decode()
    assert done.context["outlook"].readers == 3
    assert {name: done.context["form"][name].value() for name in typed} == typed
    admin_client.post(page_of(issue, "schedule"), typed)
    assert Mailing.objects.get().is_local


def test_progress_is_told_to_the_page_until_it_is_over(admin_client: Client, issue: Issue) -> None:
    back = page_of(issue, "preflight")
    answer = admin_client.post(page_of(issue, "check"), {"back": back}, follow=True)
    address = answer.context["check_progress_address"]

    asked = admin_client.get(address).json()
    Preflight.objects.update(
        state=PreflightState.RUNNING, readers=5000, interests=1200, checked=300
    )
    running = admin_client.get(address).json()
    drain(FakeTransport())

    assert answer.redirect_chain[0][0] == back
    assert (asked["state"], running["state"]) == ("asked", "running")
    assert running["summary"] == ("Checking what 5,000 readers would get: 300 of 1,200 choices.")
    assert 'value="300"' in running["html"]
    assert admin_client.get(address).json()["state"] == "passed"
    Preflight.objects.all().delete()
    assert admin_client.get(address).status_code == 404


def test_a_second_tab_shows_the_check_of_the_first(admin_client: Client, issue: Issue) -> None:
    admin_client.post(page_of(issue, "check"))
    admin_client.post(page_of(issue, "schedule"), {"at_once": "on"})

    check = admin_client.get(page_of(issue, "schedule")).context["check"]

    assert check.is_open
    assert Preflight.objects.count() == 1


def test_an_edit_makes_the_check_one_of_another_draft(admin_client: Client, issue: Issue) -> None:
    admin_client.post(page_of(issue, "check"))
    drain(FakeTransport())
    assert admin_client.get(page_of(issue, "schedule")).context["check"].is_trusted

    issue.sections.filter(title=en("Letter")).update(body=en("Another one."))

    assert not admin_client.get(page_of(issue, "schedule")).context["check"].is_known


def test_a_channel_that_is_gone_is_said_without_a_check(admin_client: Client, issue: Issue) -> None:
    issue.publication.channel = "gone"
    issue.publication.save()

    text = admin_client.get(page_of(issue, "schedule")).content.decode()
    admin_client.post(page_of(issue, "check"))

    assert "The channel “gone” is not set up here." in text
    assert f'action="{page_of(issue, "check")}"' not in text
    assert not Preflight.objects.exists()


def test_editions_are_listed_page_by_page_and_one_is_composed_alone(
    admin_client: Client, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "ON_A_PAGE", 1)
    admin_client.post(page_of(issue, "check"))
    drain(FakeTransport())

    second = admin_client.get(page_of(issue, "preflight"), {"page": "2"})
    of_segou = admin_client.get(page_of(issue, "preflight"), {"region": "ML-4"})

    (line,) = second.context["lines"]
    assert (line.parts, line.checked.readers) == (["On Segou"], 1)
    assert "page=1" in second.content.decode()
    assert [one.parts for one in of_segou.context["lines"]] == [["On Segou"]]
    shown = admin_client.get(line.address)
    assert "Text of On Segou." in shown.content.decode()
    assert (shown.context["place"], shown.context["number"]) == (2, 2)


def test_it_is_approved_once_it_is_checked(staff: Staff, issue: Issue) -> None:
    issue.publication.approval = ApprovalRule.ANYONE
    issue.publication.save()
    client = staff.may("view_issue", "approve_issue")
    button = "Approve this version"
    assert button not in client.get(page_of(issue, "preflight")).content.decode()

    client.post(page_of(issue, "check"))
    drain(FakeTransport())

    shown = client.get(page_of(issue, "preflight"))
    assert button in shown.content.decode()
    Preflight.objects.update(finished_at=timezone.now() - TRUSTED_FOR)

    client.post(page_of(issue, "approve"), {"seen": shown.context["content_hash"]})

    # For the person who schedules it next.
    assert Preflight.objects.get().state == PreflightState.ASKED


def test_a_correction_is_checked_and_sent_likewise(admin_client: Client, mailing: Mailing) -> None:
    while drain(FakeTransport()):
        pass
    correction = _corrected(mailing)
    page = reverse("admin:newsletter_correction_change", args=[correction.pk])
    send = reverse("admin:newsletter_correction_schedule", args=[correction.pk])

    waiting = admin_client.post(send, {"at_once": "on"}, follow=True)
    drain(FakeTransport())
    done = admin_client.get(page)
    admin_client.post(send, {"at_once": "on"})

    assert waiting.context["check"].is_open
    (line,) = done.context["editions"]
    key = line["checked"].key
    shown = admin_client.get(
        reverse("admin:newsletter_correction_edition", args=[correction.pk, key])
    )
    assert "Nobody died." in shown.content.decode()
    assert Mailing.objects.filter(kind=MailingKind.CORRECTION).exists()


def _corrected(mailing: Mailing) -> Correction:
    section = mailing.issue.sections.get(title=en("On Kayes")).pk
    said = Said(section, Texts({"en": "Twelve died."}), Texts({"en": "Nobody died."}))
    return correct(mailing.version, [said], by=User.objects.create_user("awa"))


def test_who_may_not_look_at_an_issue_may_not_have_it_checked(staff: Staff, issue: Issue) -> None:
    client = staff.may("view_mailing")

    assert client.post(page_of(issue, "check")).status_code == 403
    assert client.get(f"{page_of(issue, 'check')}1/").status_code == 403
    assert not Preflight.objects.exists()
