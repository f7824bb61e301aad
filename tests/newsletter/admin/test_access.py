"""Who may open what, and that looking changes nothing."""

from __future__ import annotations

import re

from django.apps import apps
from django.test import Client
from django.urls import reverse

from newsletter.models import Issue, Mailing
from newsletter.queries import choices_of
from subscribers.models import AuditEntry
from tests.newsletter.admin.conftest import Staff

LISTS = (
    "newsletter_issue",
    "newsletter_mailing",
    "newsletter_correction",
    "newsletter_delivery",
    "subscribers_killswitch",
    "newsletter_lane",
    "subscribers_publication",
    "subscribers_region",
    "subscribers_subscriber",
    "subscribers_subscription",
    "subscribers_suppression",
    "subscribers_notice",
)
ISSUE_PAGES = ("change", "preview", "preview_mail", "schedule", "preflight")
MAILING_PAGES = ("change", "progress", "cancel", "send_again")


def rows() -> dict[str, list[dict[str, object]]]:
    """Every row of the two apps as it stands, but for who looked at what."""
    return {
        f"{app}.{name}": list(model._default_manager.order_by("pk").values())
        for app in ("newsletter", "subscribers")
        for name, model in apps.get_app_config(app).models.items()
        if model is not AuditEntry
    }


def pages(mailing: Mailing) -> list[str]:
    edition = mailing.editions.first()
    delivery = mailing.deliveries.first()
    assert edition is not None
    assert delivery is not None
    interest_set = choices_of(edition).sets.get()
    shown = f"interest_set_id={interest_set.pk}&language=en&mail_format=html"
    return [
        reverse("admin:index"),
        *(reverse(f"admin:{name}_changelist") for name in LISTS),
        reverse("admin:newsletter_issue_add"),
        reverse("admin:subscribers_killswitch_on"),
        reverse("admin:subscribers_killswitch_off"),
        reverse("admin:newsletter_lane_add"),
        *(reverse(f"admin:newsletter_issue_{p}", args=[mailing.issue_id]) for p in ISSUE_PAGES),
        *(
            f"{reverse(f'admin:newsletter_issue_{page}', args=[mailing.issue_id])}?{shown}"
            for page in ("preflight_edition", "preflight_email")
        ),
        *(reverse(f"admin:newsletter_mailing_{p}", args=[mailing.pk]) for p in MAILING_PAGES),
        reverse("admin:newsletter_mailing_edition", args=[mailing.pk, edition.pk]),
        reverse("admin:newsletter_mailing_edition_mail", args=[mailing.pk, edition.pk]),
        reverse("admin:newsletter_delivery_change", args=[delivery.pk]),
        reverse("admin:subscribers_subscriber_change", args=[delivery.subscriber_id]),
        reverse("admin:subscribers_subscription_change", args=[delivery.subscription_id]),
    ]


def test_a_superuser_sees_every_page_and_looking_changes_nothing(
    admin_client: Client, mailing: Mailing
) -> None:
    before = rows()

    answers = {page: admin_client.get(page).status_code for page in pages(mailing)}

    assert set(answers.values()) == {200}, answers
    assert rows() == before


def test_staff_without_permission_are_refused(staff: Staff, mailing: Mailing) -> None:
    client = staff.may()

    answers = {page: client.get(page).status_code for page in pages(mailing)[1:]}

    assert set(answers.values()) == {403}, answers


def test_who_may_view_an_issue_may_preview_it_and_not_schedule_it(
    staff: Staff, issue: Issue
) -> None:
    client = staff.may("view_issue")

    preview = client.get(reverse("admin:newsletter_issue_preview", args=[issue.pk]))
    schedule = client.get(reverse("admin:newsletter_issue_schedule", args=[issue.pk]))

    assert (preview.status_code, schedule.status_code) == (200, 403)


def test_who_may_view_a_mailing_may_not_stop_it(staff: Staff, mailing: Mailing) -> None:
    client = staff.may("view_mailing")

    desk = client.get(reverse("admin:newsletter_mailing_change", args=[mailing.pk]))
    answers = {
        client.post(reverse(f"admin:newsletter_mailing_{move}", args=[mailing.pk])).status_code
        for move in ("start", "after_all", "leave_out", "pause", "resume", "cancel", "send_again")
    }

    assert "Pause" not in desk.content.decode()
    assert answers == {403}


def test_who_may_view_an_issue_may_see_its_preflight_and_not_approve_it(
    staff: Staff, issue: Issue
) -> None:
    client = staff.may("view_issue")

    page = client.get(reverse("admin:newsletter_issue_preflight", args=[issue.pk]))
    approval = client.post(reverse("admin:newsletter_issue_approve", args=[issue.pk]))

    assert (page.status_code, approval.status_code) == (200, 403)
    assert "Approve this version" not in page.content.decode()


def test_what_does_not_exist_is_not_found(admin_client: Client, issue: Issue) -> None:
    answers = {
        admin_client.get(reverse(name, args=[99999])).status_code
        for name in ("admin:newsletter_issue_preview", "admin:newsletter_mailing_progress")
    }

    assert answers == {404}


def test_the_ledger_is_not_written_by_hand(admin_client: Client, mailing: Mailing) -> None:
    delivery = mailing.deliveries.earliest("pk")
    answers = {
        admin_client.post(reverse(f"admin:newsletter_{name}_{view}", args=args)).status_code
        for name, row in (("mailing", mailing), ("delivery", delivery))
        for view, args in (("add", []), ("delete", [row.pk]))
    }

    assert answers == {403}
    assert mailing.deliveries.count() == 3


def test_staff_are_offered_no_page_that_they_may_not_open(staff: Staff, mailing: Mailing) -> None:
    reader = mailing.deliveries.order_by("pk")[0].subscriber_id
    looks = {
        "view_issue": reverse("admin:newsletter_issue_change", args=[mailing.issue_id]),
        "view_mailing": reverse("admin:newsletter_mailing_change", args=[mailing.pk]),
        "view_delivery": reverse(
            "admin:newsletter_delivery_change", args=[mailing.deliveries.order_by("pk")[0].pk]
        ),
        "export_subscriber": reverse("admin:subscribers_subscriber_export", args=[reader]),
    }
    not_theirs = {
        "view_issue": "newsletter/mailing/",
        "view_mailing": "newsletter/(issue|delivery)/",
        "view_delivery": "newsletter/mailing/[0-9]+/editions/",
        "export_subscriber": "subscribers/subscriber/[0-9]+/change/",
    }

    for number, (right, page) in enumerate(looks.items()):
        answer = staff.may(right, name=f"staff{number}").get(page)
        content = re.search(r'id="content"(.*)', answer.content.decode(), re.DOTALL)

        assert answer.status_code == 200
        assert content is not None
        assert not re.search(f'href="[^"]*{not_theirs[right]}', content[1]), right
