"""Preflight: who will get what, seen and approved before anything leaves."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import Approval, Issue, Mailing, MailingState
from subscribers.models import ApprovalRule, Publication, Suppression
from subscribers.services.kill_switch import turn_on
from tests.factories import make_subscription
from tests.newsletter.admin.conftest import Keep, Staff
from tests.newsletter.factories import assess
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _readers(kept_for_the_module: Keep, kept_publication: int) -> None:
    with kept_for_the_module():
        make_readers(Publication.objects.get(pk=kept_publication))


def make_readers(publication: Publication) -> None:
    """Two of Kayes, one of Segou as plain text, and one whose mailbox is suppressed."""
    make_subscription(publication=publication, regions=["ML-1"], address="one@a.example")
    make_subscription(publication=publication, regions=["ML-1"], address="two@a.example")
    make_subscription(
        publication=publication, regions=["ML-4"], address="t@a.example", mail_format="text"
    )
    make_subscription(publication=publication, regions=["ML-4"], address="bad@a.example")
    Suppression.objects.create(mailbox="bad@a.example", reason="bounced")


def grid(client: Client, issue: Issue, **query: str) -> Any:
    return client.get(reverse("admin:newsletter_issue_preflight", args=[issue.pk]), query)


def ask_for(rule: ApprovalRule, issue: Issue) -> None:
    issue.publication.approval = rule
    issue.publication.save()


def approve(client: Client, issue: Issue) -> str:
    """Press the button as the grid shows it; the text of the page that follows."""
    seen = grid(client, issue).context["content_hash"]
    page = reverse("admin:newsletter_issue_approve", args=[issue.pk])
    return client.post(page, {"seen": seen}, follow=True).content.decode()


def save_through_the_form(client: Client, issue: Issue, **changes: str) -> None:
    page = reverse("admin:newsletter_issue_change", args=[issue.pk])
    answer = client.get(page)
    form = answer.context["adminform"].form
    sets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    fields = [*form, *(f for s in sets for one in (s.management_form, *s.forms) for f in one)]
    data = {field.html_name: field.value() for field in fields}
    data |= {f.html_initial_name: f.value() for f in fields if f.field.show_hidden_initial}
    filled = {name: value for name, value in data.items() if value is not None}
    saved = client.post(page, {**filled, **changes})
    assert saved.status_code == 302


def test_each_edition_stands_in_a_line_with_its_numbers(admin_client: Client, issue: Issue) -> None:
    lines = grid(admin_client, issue).context["lines"]

    assert [(line.checked.readers, list(line.chosen), list(line.parts)) for line in lines] == [
        (2, ["Kayes"], ["On Kayes"]),
        (1, ["Segou"], ["On Segou"]),
    ]


def test_the_numbers_add_up_with_those_left_out_and_why(admin_client: Client, issue: Issue) -> None:
    answer = grid(admin_client, issue)

    sheet = answer.context["report"]
    assert (sheet.audience, sheet.readers) == (4, 3)
    words = " ".join(re.sub("<[^>]*>", " ", answer.content.decode()).split())
    assert "Subscribed in all 4 The mailbox is suppressed −1 Readers who get it 3" in words


def test_it_is_narrowed_to_readers_of_a_region(admin_client: Client, issue: Issue) -> None:
    answer = grid(admin_client, issue, region="ML-4")

    assert [line.parts for line in answer.context["lines"]] == [["On Segou"]]
    assert answer.context["shown_readers"] == 1
    assert 'value="ML-4" selected' in answer.content.decode()


def test_an_edition_is_shown_in_four_ways(admin_client: Client, issue: Issue) -> None:
    line = grid(admin_client, issue).context["lines"][0]

    page = admin_client.get(line.address)
    text = page.content.decode()

    assert text.count("<iframe sandbox") == 3
    assert text.count("scheme=dark") == 1
    assert "Text of On Kayes." in text.split("<pre")[1]
    assert "1 of 2" in text
    assert page.context["after"].parts == ["On Segou"]


def test_a_text_edition_has_no_frames(admin_client: Client, issue: Issue) -> None:
    line = grid(admin_client, issue).context["lines"][1]

    text = admin_client.get(line.address).content.decode()

    assert "<iframe" not in text
    assert "Text of On Segou." in text


@pytest.mark.parametrize(("scheme", "forced"), [("dark", "dark"), ("", "light")])
def test_a_frame_is_dark_or_light_whatever_the_screen_is(
    admin_client: Client, issue: Issue, scheme: str, forced: str
) -> None:
    line = grid(admin_client, issue).context["lines"][0]
    frame = admin_client.get(line.address).context["frame"]

    answer = admin_client.get(f"{frame}&scheme={scheme}")

    html = answer.content.decode()
    assert "prefers-color-scheme" not in html
    assert f"color-scheme:{forced}}}" in html
    assert ("@media (min-width:0){" in html) == (forced == "dark")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "https://example.org/unsubscribe" in html


@pytest.mark.parametrize(
    "query",
    ["", "interest_set_id=x&language=en&mail_format=html", "interest_set_id=1&language=xx",
     "interest_set_id=999999&language=en&mail_format=html"],
)  # fmt: skip
def test_an_edition_that_nobody_would_get_is_not_found(
    admin_client: Client, issue: Issue, query: str
) -> None:
    page = reverse("admin:newsletter_issue_preflight_edition", args=[issue.pk])

    assert admin_client.get(f"{page}?{query}").status_code == 404


def test_faults_are_shown_and_there_is_no_button_to_approve(
    admin_client: Client, issue: Issue
) -> None:
    issue.sections.filter(title=en("On Kayes")).update(body=en("The toll was TK."))

    text = grid(admin_client, issue).content.decode()

    assert text.count("“TK” left in the text.") == 2
    assert "Approve this version" not in text


def test_doubts_are_shown_on_the_grid_and_where_it_is_scheduled(
    admin_client: Client, issue: Issue
) -> None:
    assess(issue, "ML-1")
    schedule_page = reverse("admin:newsletter_issue_schedule", args=[issue.pk])

    for page in (grid(admin_client, issue), admin_client.get(schedule_page)):
        assert "Segou has a section, but no assessment." in page.content.decode()


def test_who_may_approve_does_so_and_it_is_shown(staff: Staff, issue: Issue) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    client = staff.may("view_issue", "approve_issue")
    assert "Not approved yet." in grid(client, issue).content.decode()

    text = approve(client, issue)

    assert "Approved as it stands, version 1, by staff" in text
    assert Approval.objects.get().approved_by.username == "staff"


def test_an_edit_voids_the_approval_in_sight_of_the_editor(
    admin_client: Client, issue: Issue
) -> None:
    approve(admin_client, issue)
    page = reverse("admin:newsletter_issue_change", args=[issue.pk])
    assert "Approved as it stands" in admin_client.get(page).content.decode()

    save_through_the_form(admin_client, issue, subject="Another subject")

    text = admin_client.get(page).content.decode()
    assert "Changed since admin approved version 1" in text


def test_who_edited_it_cannot_approve_it_alone(
    admin_client: Client, admin_user: User, issue: Issue
) -> None:
    ask_for(ApprovalRule.ANOTHER, issue)
    save_through_the_form(admin_client, issue, subject="Another subject")

    text = approve(admin_client, issue)

    assert "someone else has to approve it" in text
    assert not Approval.objects.exists()


def test_without_its_approval_there_is_no_form_to_schedule(
    admin_client: Client, issue: Issue
) -> None:
    ask_for(ApprovalRule.ANYONE, issue)
    page = reverse("admin:newsletter_issue_schedule", args=[issue.pk])

    text = admin_client.get(page).content.decode()
    refused = admin_client.post(page, {"at_once": "on"}).context["form"].non_field_errors()

    assert "Needs approval from" in text
    assert 'value="Schedule"' not in text
    assert refused == ["This issue needs approval as it stands now."]
    assert not Mailing.objects.exists()


def test_the_desk_shows_the_approval_and_the_leak_check_of_a_mailing(
    admin_client: Client, issue: Issue
) -> None:
    approve(admin_client, issue)
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)

    page = admin_client.get(reverse("admin:newsletter_mailing_change", args=[mailing.pk]))

    words = " ".join(re.sub("<[^>]*>", " ", page.content.decode()).split())
    assert "Approved by admin," in words
    assert "2 editions hold exactly what their readers chose." in words


def test_the_desk_says_why_a_mailing_stopped_and_lets_it_be_cancelled(
    admin_client: Client, issue: Issue
) -> None:
    mailing = schedule(issue, at=None, by=None)
    broken = mailing.version.content | {"subject": [["en", "TK"]]}
    type(mailing.version).objects.filter(pk=mailing.version_id).update(content=broken)
    freeze_due(50)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.CHECK_FAILED
    page = reverse("admin:newsletter_mailing_change", args=[mailing.pk])

    text = admin_client.get(page).content.decode()
    assert "“TK” left in the text." in text
    assert "It failed." in text
    assert "Pause" not in text

    admin_client.post(reverse("admin:newsletter_mailing_cancel", args=[mailing.pk]))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.CANCELLED


def mail_me(client: Client, issue: Issue, reader: str = "one@a.example") -> str:
    """Ask for a test email of the edition of a reader; the text of the page that follows."""
    of_them = issue.publication.subscriptions.get(subscriber__mailbox=reader)
    chosen = ("interest_set_id", "language", "mail_format")
    query = urlencode({name: getattr(of_them, name) for name in chosen})
    send = reverse("admin:newsletter_issue_send_test_email", args=[issue.pk])
    answer = client.post(f"{send}?{query}", follow=True)
    return answer.content.decode()


def test_a_test_email_goes_to_the_editor_alone_and_is_marked(
    admin_client: Client, issue: Issue
) -> None:
    text = mail_me(admin_client, issue)

    assert "A test email is on its way to admin@example.com." in text
    (message,) = mail.outbox
    assert message.recipients() == ["admin@example.com"]
    assert message.subject == f"[Test] {issue.subject}"
    assert "Text of On Kayes." in message.body
    assert isinstance(message, EmailMultiAlternatives)
    assert "https://example.org/unsubscribe" in str(message.alternatives[0][0])
    assert "List-Unsubscribe" not in message.extra_headers


def test_a_test_email_of_a_text_edition_has_no_html(admin_client: Client, issue: Issue) -> None:
    mail_me(admin_client, issue, "t@a.example")

    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.alternatives == []


def test_without_an_address_there_is_no_button_and_nothing_is_sent(
    admin_client: Client, admin_user: User, issue: Issue
) -> None:
    User.objects.filter(pk=admin_user.pk).update(email="")

    line = grid(admin_client, issue).context["lines"][0]
    assert "Mail me this edition" not in admin_client.get(line.address).content.decode()
    assert "Your login has no address" in mail_me(admin_client, issue)
    assert mail.outbox == []


def test_no_test_email_leaves_while_the_kill_switch_is_on(
    admin_client: Client, issue: Issue
) -> None:
    turn_on(by="admin", why="a fire")

    assert "Nothing is sent: the kill switch is on." in mail_me(admin_client, issue)
    assert mail.outbox == []


def test_a_test_email_that_the_mail_service_refuses_is_told(
    admin_client: Client, issue: Issue, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.subscribers.backends.Refusing"

    assert "The test email was not sent:" in mail_me(admin_client, issue)
