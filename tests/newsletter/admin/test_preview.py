"""What an editor sees before anyone is mailed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.models import Batch, Issue, Reason
from newsletter.rendering.slots import fill
from newsletter.sending.outgoing import outgoing_batch
from subscribers.models import (
    AuditAction,
    AuditEntry,
    InterestSet,
    Publication,
    Region,
    Subscription,
    SuppressionReason,
)
from subscribers.services.suppressing import Found, suppress_all
from tests.answers import Answer
from tests.factories import make_subscription
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.factories import assess, sent
from tests.newsletter.fakes import whole_edition
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db

CHOICES = {"language": "en", "mail_format": "html"}


def _end(reader: Subscription) -> None:
    now = timezone.now()
    Subscription.objects.filter(pk=reader.pk).update(
        status="ended", ended_at=now, ended_reason="unsubscribed"
    )


def _unconfirm(reader: Subscription) -> None:
    Subscription.objects.filter(pk=reader.pk).update(status="pending", confirmed_at=None)


def _send_already(reader: Subscription) -> None:
    issue = reader.publication.issues.get()
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)
    mailing.deliveries.update(state="accepted")
    cancel(mailing)


def _lose_interest(reader: Subscription) -> None:
    interest_set = InterestSet.objects.of([Region.objects.get(code="SN")])
    Subscription.objects.filter(pk=reader.pk).update(interest_set=interest_set)


def _suppress(_reader: Subscription) -> None:
    suppress_all([Found("awa@a.example", SuppressionReason.BOUNCED)])


#: How readers come to get nothing, by the reason.
REASONS: dict[Reason | None, Callable[[Subscription], None]] = {
    Reason.NOT_CONFIRMED: _unconfirm,
    Reason.UNSUBSCRIBED: _end,
    Reason.SUPPRESSED: _suppress,
    Reason.ALREADY_SENT: _send_already,
    Reason.NO_MATCHING_CONTENT: _lose_interest,
}


def preview(client: Client, issue: Issue, **choices: Any) -> Any:
    """What the page was made from."""
    page = reverse("admin:newsletter_issue_preview", args=[issue.pk])
    return client.get(page, {**CHOICES, **choices}).context


def titles(sections: list[Any]) -> list[str]:
    return [str(section.title) for section in sections]


def test_given_regions_show_exactly_their_sections(admin_client: Client, issue: Issue) -> None:
    edition = preview(admin_client, issue, regions=["ML-1"])["preview"].edition

    assert titles(edition.included) == ["Letter", "On Kayes"]
    assert titles(edition.left_out) == ["On Segou"]
    assert "Text of On Kayes." in edition.html
    assert "On Segou" not in edition.html + edition.text


def test_what_an_issue_is_on_can_be_looked_at_as_a_reader_of_it_alone(
    admin_client: Client, issue: Issue
) -> None:
    publication = issue.publication
    publication.regions.set(Region.objects.filter(code="ML"))

    context = preview(admin_client, issue, regions=["ML-1"])

    offered = [code for code, _name in context["form"].fields["regions"].widget.choices]
    assert offered == ["ML-1", "ML", "ML-4"]
    assert "On Kayes" in context["preview"].edition.html
    assert "On Segou" not in context["preview"].edition.html


def test_the_first_look_shows_the_whole_issue(admin_client: Client, issue: Issue) -> None:
    answer = admin_client.get(reverse("admin:newsletter_issue_preview", args=[issue.pk]))

    assert titles(answer.context["preview"].edition.included) == ["Letter", "On Kayes", "On Segou"]


def look_up(client: Client, issue: Issue, address: str) -> Answer:
    """The page that follows when a reader is looked up by address."""
    page = reverse("admin:newsletter_issue_preview_reader", args=[issue.pk])
    return client.post(page, {"address": address}, follow=True)


def test_a_reader_is_found_by_their_address(admin_client: Client, issue: Issue) -> None:
    make_subscription(publication=issue.publication, regions=["ML-4"], address="Awa@a.example")

    answer = look_up(admin_client, issue, " awa@A.example ")

    assert titles(answer.context["preview"].edition.included) == ["Letter", "On Segou"]
    assert "Awa@a.example: Segou · English · designed email" in answer.content.decode()
    framed = admin_client.get(answer.context["frame"]).content.decode()
    assert framed == answer.context["preview"].edition.html


def test_an_unknown_address_is_an_error_in_its_place(admin_client: Client, issue: Issue) -> None:
    context = look_up(admin_client, issue, "nobody@a.example").context

    assert context["reader_form"].errors == {
        "address": ["No reader of this publication has this address."]
    }
    assert context["preview"] is None


def test_it_says_when_a_reader_is_not_mailed(admin_client: Client, issue: Issue) -> None:
    make_subscription(publication=issue.publication, address="new@a.example", status="pending")

    text = look_up(admin_client, issue, "new@a.example").content.decode()

    assert "No email: has not confirmed the subscription." in text


def test_who_may_not_see_subscriptions_learns_nothing_of_an_address(
    staff: Staff, issue: Issue
) -> None:
    make_subscription(publication=issue.publication, address="awa@a.example")
    client = staff.may("view_issue")

    answers = [look_up(client, issue, f"{name}@a.example") for name in ("awa", "nobody")]
    page = reverse("admin:newsletter_issue_preview", args=[issue.pk])
    looks = [client.get(page, {"address": f"{name}@a.example"}) for name in ("awa", "nobody")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert all(look.context["preview"] is None for look in looks)
    assert "A reader’s address" not in looks[0].content.decode()


def test_the_audit_log_keeps_who_looked_a_reader_up(admin_client: Client, issue: Issue) -> None:
    subscription = make_subscription(publication=issue.publication, address="awa@a.example")

    look_up(admin_client, issue, "awa@a.example")

    entry = AuditEntry.objects.get(action=AuditAction.VIEWED)
    assert (entry.actor_name, entry.about_id) == ("admin", str(subscription.subscriber_id))
    assert str(issue) in entry.note
    assert "awa" not in f"{entry} {entry.note} {entry.changes}"


def test_an_address_stands_in_no_address_of_a_page(admin_client: Client, issue: Issue) -> None:
    make_subscription(publication=issue.publication, address="awa@a.example")

    answer = look_up(admin_client, issue, "awa@a.example")

    visited = " ".join([url for url, _status in answer.redirect_chain] + [answer.context["frame"]])
    assert "awa" not in visited
    assert "example" not in visited


def test_a_reader_whom_one_has_looked_up_is_shown_to_no_other(
    staff: Staff, admin_client: Client, issue: Issue
) -> None:
    make_subscription(publication=issue.publication, address="awa@a.example")
    looked_up = look_up(admin_client, issue, "awa@a.example")
    shown_at, frame = looked_up.redirect_chain[-1][0], looked_up.context["frame"]

    other = staff.may("view_issue", "view_subscription")

    assert other.get(frame).status_code == 404
    assert other.get(shown_at, follow=True).context["preview"].reader.subscription is None


def test_a_look_at_a_reader_is_over_after_an_hour(
    admin_client: Client, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscription(publication=issue.publication, address="awa@a.example")
    shown_at = look_up(admin_client, issue, "awa@a.example").redirect_chain[-1][0]
    later = time.time() + 3601

    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    answer = admin_client.get(shown_at, follow=True)
    assert "Enter the reader’s address again." in answer.content.decode()


def test_it_says_when_such_readers_get_no_mail(
    admin_client: Client, issue: Issue, publication: Publication
) -> None:
    publication.mail_when_nothing = False
    publication.save()

    assert preview(admin_client, issue)["preview"].reason == Reason.NO_MATCHING_CONTENT


def test_plain_text_has_no_frame(admin_client: Client, issue: Issue) -> None:
    page = reverse("admin:newsletter_issue_preview", args=[issue.pk])

    text = admin_client.get(page, {**CHOICES, "mail_format": "text"}).content.decode()

    assert "<iframe" not in text
    assert "Text of Letter." in text


def test_the_frame_shows_the_same_copy(admin_client: Client, issue: Issue) -> None:
    context = preview(admin_client, issue, regions=["ML-4"])

    framed = admin_client.get(str(context["frame"])).content.decode()

    assert framed == context["preview"].edition.html


def test_hostile_text_is_inert_in_the_frame(admin_client: Client, issue: Issue) -> None:
    issue.sections.update(body=en("<script>alert(1)</script> <img src=x onerror=alert(1)>"))

    answer = admin_client.get(reverse("admin:newsletter_issue_preview_mail", args=[issue.pk]))

    assert b"<script" not in answer.content
    assert answer["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'"
    )
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_hostile_title_is_inert_on_the_page(admin_client: Client, issue: Issue) -> None:
    issue.sections.update(title=en("<script>alert(1)</script>"))

    page = admin_client.get(reverse("admin:newsletter_issue_preview", args=[issue.pk]))

    assert "<script>alert" not in page.content.decode()


def test_a_preview_leads_to_nobodys_subscription(admin_client: Client, issue: Issue) -> None:
    subscription = make_subscription(publication=issue.publication, address="awa@a.example")

    frame = look_up(admin_client, issue, "awa@a.example").context["frame"]
    html = admin_client.get(frame).content.decode()

    assert "https://example.org/unsubscribe" in html
    assert str(subscription.public_id) not in html


def without_links(text: str) -> str:
    return re.sub(r"https?://\S+", "<link>", text)


def test_a_preview_of_a_reader_says_what_their_mail_says(
    admin_client: Client, issue: Issue
) -> None:
    publication = issue.publication
    codes = ["ML-5", "ML-9", "SN", "ML-3", "ML-4"]
    for code in codes:
        assess(issue, code)
    make_subscription(
        publication=publication,
        regions=Region.objects.filter(code__in=codes),
        address="awa@a.example",
        language="fr",
        confirmed_at=datetime(2023, 8, 31, 23, 30, tzinfo=ZoneInfo("America/Lima")),
    )

    previewed = look_up(admin_client, issue, "awa@a.example").context["preview"].edition
    schedule(issue, at=None, by=None)
    freeze_due(50)
    mailed = outgoing_batch(Batch.objects.get())

    (copy,) = mailed.copies
    edition = whole_edition(mailed)
    assert without_links(previewed.text) == without_links(fill(edition.text, copy.values))
    assert previewed.subject == edition.subject
    assert "1er septembre 2023" in previewed.text
    assert "Ménaka, Mopti, Ségou, Sénégal et Sikasso" in previewed.text
    glance = re.findall(r"^(\w+)\s: ↑", previewed.text, re.MULTILINE)
    assert glance == ["Ménaka", "Mopti", "Ségou", "Sénégal", "Sikasso"]


def test_a_preview_of_a_reader_compares_with_what_they_were_sent(
    admin_client: Client, issue: Issue
) -> None:
    publication = issue.publication
    for name in ("steady", "away"):
        make_subscription(publication=publication, address=f"{name}@a.example")
    sent(publication, "July")
    sent(publication, "August", without=["away@a.example"])
    make_subscription(publication=publication, address="new@a.example")
    assess(issue, "ML-1")

    texts = {
        name: look_up(admin_client, issue, f"{name}@a.example").context["preview"].edition.text
        for name in ("steady", "away", "new")
    }

    assert "What changed since “August”" in texts["steady"]
    assert "What changed since “July”" in texts["away"]
    assert " since “" not in texts["new"]


@pytest.mark.parametrize("reason", [None, *REASONS])
def test_a_preview_of_a_reader_says_why_they_get_nothing_as_the_freeze_does(
    admin_client: Client, issue: Issue, reason: Reason | None
) -> None:
    publication = issue.publication
    publication.mail_when_nothing = False
    publication.save()
    reader = make_subscription(publication=publication, address="awa@a.example")
    make_subscription(publication=publication, regions=["ML-4"], address="other@a.example")
    if reason in REASONS:
        REASONS[reason](reader)

    previewed = look_up(admin_client, issue, "awa@a.example").context["preview"].reason
    mailing = schedule(issue, at=None, by=None, even_to_nobody=True)
    freeze_due(50)

    assert previewed == reason
    assert mailing.deliveries.get(mailbox="awa@a.example").reason == (reason or "")
