"""Deciding when an issue goes out."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletter.admin.scheduling import moment_in
from newsletter.editorial.scheduling import schedule
from newsletter.models import Issue, Mailing, MailingState, Reason, Segment, UnknownPolicy
from subscribers.bell import ring
from subscribers.models import AuditAction, Publication, Subscription
from subscribers.services.auditing import record
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue, published

pytestmark = pytest.mark.django_db


def page_of(issue: Issue) -> str:
    return reverse("admin:newsletter_issue_schedule", args=[issue.pk])


@pytest.fixture
def reader(publication: Publication) -> Subscription:
    return make_subscription(publication=publication, regions=["ML-1"])


def test_it_tells_the_readers_the_editions_and_the_time_zone(
    admin_client: Client, issue: Issue
) -> None:
    for number, regions in enumerate((["ML-1"], ["ML-1", "SN"], ["ML-4"])):
        make_subscription(
            publication=issue.publication, regions=regions, address=f"r{number}@a.example"
        )
    make_subscription(publication=issue.publication, address="x@a.example", status="ended")

    answer = admin_client.get(page_of(issue))

    outlook = answer.context["outlook"]
    assert (outlook.readers, outlook.editions) == (3, 2)
    assert "Now in Bamako" in answer.content.decode()


def test_it_tells_how_many_get_no_mail(
    admin_client: Client, issue: Issue, publication: Publication
) -> None:
    publication.mail_when_nothing = False
    publication.save()
    make_subscription(publication=publication, regions=["SN"])

    outlook = admin_client.get(page_of(issue)).context["outlook"]

    assert (outlook.active, outlook.readers, outlook.editions) == (1, 0, 0)
    assert outlook.left_out == [(Reason.NO_MATCHING_CONTENT.label, 1)]


@pytest.mark.usefixtures("reader")
def test_a_time_is_read_by_the_clock_of_the_publication(
    admin_client: Client, issue: Issue, publication: Publication
) -> None:
    publication.time_zone = "Asia/Kathmandu"
    publication.save()

    answer = admin_client.post(page_of(issue), {"day": "2100-06-01", "clock": "08:00"})

    mailing = Mailing.objects.get()
    assert mailing.scheduled_at == datetime(2100, 6, 1, 2, 15, tzinfo=UTC)
    assert answer["Location"] == reverse("admin:newsletter_mailing_change", args=[mailing.pk])


@pytest.mark.usefixtures("reader")
def test_what_was_changed_since_the_page_was_shown_is_not_sent(
    admin_client: Client, issue: Issue, publication: Publication
) -> None:
    segment = Segment.objects.create(publication=publication, name="All")
    chosen = {"at_once": "on", "segment": segment.pk}
    seen = admin_client.get(page_of(issue), {"segment": segment.pk}).context["form"].shown
    segment.languages = ["en"]
    segment.save()
    of_another_rule = admin_client.post(page_of(issue), {**chosen, "seen": seen})
    issue.sections.update(body={"en": "Half a sen"})

    seen = of_another_rule.context["form"].shown
    of_other_words = admin_client.post(page_of(issue), {**chosen, "seen": seen})

    for answer in (of_another_rule, of_other_words):
        assert "Look again before you send it." in answer.content.decode()
    assert not Mailing.objects.exists()


@pytest.mark.usefixtures("reader")
def test_sending_at_once_needs_no_time_and_rings_the_bell(
    admin_client: Client,
    issue: Issue,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        admin_client.post(page_of(issue), {"at_once": "on", "day": "", "clock": ""})

    assert Mailing.objects.get().issue == issue
    assert [getattr(callback, "func", None) for callback in callbacks].count(ring) == 1


@pytest.mark.usefixtures("reader")
def test_it_is_kept_who_decided(admin_client: Client, issue: Issue) -> None:
    admin_client.post(page_of(issue), {"at_once": "on"})

    assert str(Mailing.objects.get().created_by) == "admin"


@pytest.mark.parametrize(
    ("typed", "place", "sentence"),
    [
        ({"day": "2020-01-01", "clock": "07:00"}, "clock", "This time has passed."),
        ({"day": "", "clock": "07:00"}, "day", "Fill this in"),
        ({"day": "2100-01-01", "clock": ""}, "clock", "Fill this in"),
        ({"day": "2100-02-31", "clock": "07:00"}, "day", "Write the day like"),
    ],
)
def test_an_error_stands_in_its_place_and_what_was_typed_is_kept(
    admin_client: Client, issue: Issue, typed: dict[str, str], place: str, sentence: str
) -> None:
    form = admin_client.post(page_of(issue), typed).context["form"]

    assert list(form.errors) == [place]
    assert form.errors[place][0].startswith(sentence)
    assert {name: form[name].value() for name in typed} == typed
    assert not Mailing.objects.exists()


def test_a_time_that_clocks_skip_is_refused(
    admin_client: Client, issue: Issue, publication: Publication
) -> None:
    publication.time_zone = "Europe/Paris"
    publication.save()

    form = admin_client.post(page_of(issue), {"day": "2050-03-27", "clock": "02:30"}).context[
        "form"
    ]

    assert form.errors["clock"] == [
        "This time does not exist in Paris: clocks go forward over it. Choose another one."
    ]


def test_of_a_time_that_clocks_show_twice_the_first_is_meant() -> None:
    moment = moment_in(ZoneInfo("Europe/Paris"), datetime(2026, 10, 25, 2, 30))  # noqa: DTZ001

    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_clocks_never_show_is_no_moment() -> None:
    with pytest.raises(ValidationError):
        moment_in(ZoneInfo("Europe/Paris"), datetime(2026, 3, 29, 2, 30))  # noqa: DTZ001


def test_an_issue_with_problems_shows_them_and_no_button(
    admin_client: Client, publication: Publication
) -> None:
    issue = make_issue(publication)

    text = admin_client.get(page_of(issue)).content.decode()
    admin_client.post(page_of(issue), {"at_once": "on"})

    assert "This issue has no sections yet." in text
    assert 'value="Schedule"' not in text
    assert not Mailing.objects.exists()


@pytest.mark.usefixtures("reader")
def test_a_second_mailing_has_to_wait_for_the_first(admin_client: Client, issue: Issue) -> None:
    schedule(issue, at=None, by=None)

    text = admin_client.get(page_of(issue)).content.decode()
    form = admin_client.post(page_of(issue), {"at_once": "on"}).context["form"]

    assert "Only one can be on its way at a time." in text
    assert form.non_field_errors()[0].startswith("A mailing of this issue is on its way")
    assert Mailing.objects.count() == 1


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("state", [MailingState.HELD, MailingState.OVERDUE])
def test_a_mailing_that_waits_for_a_person_is_in_the_way_too(
    admin_client: Client, issue: Issue, state: MailingState
) -> None:
    mailing = schedule(issue, at=None, by=None)
    Mailing.objects.filter(pk=mailing.pk).update(state=state)

    text = admin_client.get(page_of(issue)).content.decode()

    assert "Only one can be on its way at a time." in text


def test_each_policy_on_the_unknown_is_explained_and_leaving_is_chosen(
    admin_client: Client, issue: Issue
) -> None:
    text = admin_client.get(page_of(issue)).content.decode()

    assert "If we can’t tell whether an email was sent" in text
    assert "Some readers may get nothing." in text
    assert "readers who did get the first one get it twice." in text
    assert text.count(" checked") == 1
    assert 'value="leave" id="id_unknown_policy_0" checked' in text


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("chosen", "policy"),
    [
        ({}, UnknownPolicy.LEAVE),
        ({"unknown_policy": "leave"}, UnknownPolicy.LEAVE),
        ({"unknown_policy": "resend_once"}, UnknownPolicy.RESEND_ONCE),
    ],
)
def test_the_mailing_keeps_the_policy_that_was_chosen(
    admin_client: Client, issue: Issue, chosen: dict[str, str], policy: UnknownPolicy
) -> None:
    admin_client.post(page_of(issue), {"at_once": "on", **chosen})

    assert Mailing.objects.get().unknown_policy == policy


def test_a_policy_that_does_not_exist_is_refused(admin_client: Client, issue: Issue) -> None:
    form = admin_client.post(page_of(issue), {"at_once": "on", "unknown_policy": "always"}).context[
        "form"
    ]

    assert list(form.errors) == ["unknown_policy"]
    assert not Mailing.objects.exists()


def test_an_issue_that_nobody_would_get_is_not_scheduled_by_mistake(
    admin_client: Client, issue: Issue
) -> None:
    text = admin_client.get(page_of(issue)).content.decode()
    form = admin_client.post(page_of(issue), {"at_once": "on"}).context["form"]

    assert "No reader would get this issue now." in text
    assert form.errors["even_to_nobody"] == ["No reader would get this issue now."]
    assert not Mailing.objects.exists()


def test_whoever_means_it_schedules_an_issue_that_nobody_would_get(
    admin_client: Client, issue: Issue
) -> None:
    admin_client.post(page_of(issue), {"at_once": "on", "even_to_nobody": "on"})

    assert Mailing.objects.get().state == MailingState.SCHEDULED


def test_where_there_are_readers_nobody_is_asked_whether_there_are(
    admin_client: Client, issue: Issue, reader: Subscription
) -> None:
    assert "even_to_nobody" not in admin_client.get(page_of(issue)).content.decode()


def test_an_issue_is_scheduled_for_the_segment_that_the_page_was_opened_on(
    admin_client: Client, issue: Issue, reader: Subscription
) -> None:
    make_subscription(publication=issue.publication, regions=["ML-1"], language="fr")
    segment = Segment.objects.create(publication=issue.publication, name="French", languages=["fr"])

    shown = admin_client.get(page_of(issue), {"segment": segment.pk})
    admin_client.post(page_of(issue), {"at_once": "on", "segment": segment.pk})

    mailing = Mailing.objects.get()
    assert shown.context["outlook"].left_out == [(Reason.OUTSIDE_SEGMENT.label, 1)]
    assert mailing.segment == segment
    page = reverse("admin:newsletter_mailing_change", args=[mailing.pk])
    assert "<bdi>French</bdi>" in admin_client.get(page).content.decode()


def test_a_segment_of_another_publication_is_not_there(admin_client: Client, issue: Issue) -> None:
    elsewhere = Segment.objects.create(publication=make_publication(), name="Elsewhere")

    for chosen in (str(elsewhere.pk), "x"):
        assert admin_client.get(page_of(issue), {"segment": chosen}).status_code == 404


def test_a_segment_is_made_at_the_desk_and_counted(admin_client: Client, issue: Issue) -> None:
    publication = issue.publication
    make_subscription(publication=publication, regions=["ML-1"], language="fr")
    kayes = publication.regions.get(code="ML-1")
    add = reverse("admin:newsletter_segment_add")
    typed = {"publication": publication.pk, "name": "Kayes", "regions": [kayes.pk]}

    refused = admin_client.post(
        add, {**typed, "joined_from": "2026-02-01", "joined_until": "2026-01-01"}
    )
    admin_client.post(add, {**typed, "languages": "fr"})

    segment = Segment.objects.get()
    assert "The first day comes after the last one." in refused.content.decode()
    assert (segment.languages, segment.size) == (["fr"], 1)
    listed = admin_client.get(reverse("admin:newsletter_segment_changelist"))
    assert "Kayes" in listed.content.decode()


def test_where_approval_was_turned_off_it_says_by_whom_and_when(
    admin_client: Client, admin_user: User, issue: Issue, publication: Publication
) -> None:
    assert "needs no approval" not in admin_client.get(page_of(issue)).content.decode()
    earlier = published(make_issue(publication, ("Letter", [])))
    earlier.approval = earlier.version.approvals.create(approved_by=admin_user)
    earlier.save()
    record(
        AuditAction.CHANGED, by="amadou", about=publication, changes={"approval": ["any", "none"]}
    )

    page = admin_client.get(page_of(issue)).content.decode()

    assert "though an earlier issue did: amadou turned that off on" in page
