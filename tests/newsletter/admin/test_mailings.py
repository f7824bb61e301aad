"""The desk of a mailing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter import queries
from newsletter.audience import pieces
from newsletter.audience.freezing import Freezer, freeze_due
from newsletter.editorial import scheduling
from newsletter.ledger.heartbeats import Heart
from newsletter.ledger.recounting import recount, recount_readers
from newsletter.models import (
    Delivery,
    DeliveryOutcome,
    DeliveryState,
    Issue,
    Mailing,
    MailingState,
    Reason,
    Trouble,
)
from newsletter.queries import counts_by_region
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


def address(name: str, mailing: Mailing) -> str:
    return reverse(f"admin:newsletter_mailing_{name}", args=[mailing.pk])


def settle(mailing: Mailing, mailbox: str, state: DeliveryState, reason: str = "") -> None:
    Delivery.objects.filter(mailing=mailing, mailbox=mailbox).update(
        state=state, reason=reason, settled_at=timezone.now()
    )


def test_the_counts_on_the_desk_add_up(admin_client: Client, mailing: Mailing) -> None:
    settle(mailing, "one@a.example", DeliveryState.ACCEPTED)

    progress = admin_client.get(address("change", mailing)).context["progress"]

    assert progress.counts.audience_size == progress.counts.planned + progress.excluded.number == 3
    assert progress.counts.planned == sum(line.number for line in progress.outcomes) == 2
    assert progress.settled == 1


def test_the_desk_says_how_far_the_freeze_is(
    admin_client: Client, mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "FIRST_READERS", 1)
    scheduling.cancel(mailing)
    again = scheduling.schedule(mailing.issue, at=None, by=None)
    Freezer(Heart(), 50).go_on()

    answer = admin_client.get(address("progress", again)).json()

    assert answer["state"] == "sending"
    assert "Working out who gets what: 1 of 3 readers." in answer["html"]
    assert "The counts add up." in answer["html"]


def test_accepted_mails_are_told_apart_by_what_was_reported(
    admin_client: Client, mailing: Mailing
) -> None:
    mailing.deliveries.filter(state=DeliveryState.PLANNED).update(state=DeliveryState.ACCEPTED)
    mailing.deliveries.filter(mailbox="one@a.example").update(
        outcome=DeliveryOutcome.DELIVERED, outcome_at=timezone.now()
    )

    answer = admin_client.get(address("change", mailing))

    reports = {line.key: line.number for line in answer.context["progress"].reports if line.number}
    assert reports == {"delivered": 1, "unheard": 1}
    assert "Reported on accepted emails" in answer.content.decode()


def test_where_nothing_is_reported_nothing_is_said_of_it(
    admin_client: Client, mailing: Mailing
) -> None:
    settle(mailing, "one@a.example", DeliveryState.ACCEPTED)

    text = admin_client.get(address("change", mailing)).content.decode()

    assert "What was reported" not in text


def test_who_is_excluded_is_told_with_the_reason(admin_client: Client, mailing: Mailing) -> None:
    text = admin_client.get(address("change", mailing)).content.decode()

    assert "has not confirmed the subscription" in text


def test_what_is_in_doubt_is_shown_as_such(admin_client: Client, mailing: Mailing) -> None:
    settle(mailing, "one@a.example", DeliveryState.UNKNOWN, Reason.WORKER_LOST)

    text = admin_client.get(address("change", mailing)).content.decode()

    assert "the sender stopped; this email may have been sent" in text
    assert "1 email may or may not have been accepted: no answer came" in text


def test_a_reader_of_two_regions_counts_in_both(
    mailing: Mailing, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settle(mailing, "two@a.example", DeliveryState.ACCEPTED)

    recount_readers(mailing)

    with django_assert_num_queries(1):
        counted = counts_by_region(mailing)

    assert [(c.region.code, c.planned, c.accepted) for c in counted] == [
        ("ML-1", 2, 1),
        ("ML-4", 1, 1),
    ]


def test_each_edition_is_listed_with_its_readers(admin_client: Client, mailing: Mailing) -> None:
    recount()

    editions = admin_client.get(address("change", mailing)).context["editions"]

    assert sorted((line.readers, line.parts) for line in editions) == [
        (1, 2),
        (1, 3),
    ]
    assert all(line.size > 0 for line in editions)


def test_it_says_when_the_issue_was_changed_since(admin_client: Client, mailing: Mailing) -> None:
    sentence = "The issue has been changed since."
    before = admin_client.get(address("change", mailing)).content.decode()

    Issue.objects.filter(pk=mailing.issue_id).update(subject=en("Another subject"))

    assert sentence not in before
    assert sentence in admin_client.get(address("change", mailing)).content.decode()


def test_whether_the_issue_was_changed_is_not_looked_up_for_every_look(
    admin_client: Client, mailing: Mailing, settings: Settings
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    admin_client.get(address("change", mailing))

    with CaptureQueriesContext(connection) as asked:
        admin_client.get(address("change", mailing))

    assert not [query for query in asked if '"newsletter_section"' in query["sql"]]


def test_an_issue_that_was_saved_is_looked_at_again(
    admin_client: Client, mailing: Mailing, settings: Settings
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    admin_client.get(address("change", mailing))

    mailing.issue.subject = en("Another subject")
    mailing.issue.save()

    text = admin_client.get(address("change", mailing)).content.decode()
    assert "The issue has been changed since." in text


def test_trouble_stands_out(admin_client: Client, mailing: Mailing) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(
        trouble=Trouble.MISCONFIGURED, trouble_about={"words": "wrong <password>"}
    )

    text = admin_client.get(address("change", mailing)).content.decode()

    assert "No email can be sent: wrong &lt;password&gt;" in text


def test_progress_tells_the_numbers_as_they_move(admin_client: Client, mailing: Mailing) -> None:
    before = admin_client.get(address("progress", mailing)).json()
    while drain(FakeTransport()):
        pass
    after = admin_client.get(address("progress", mailing)).json()

    assert (before["state"], before["over"]) == ("sending", False)
    assert before["summary"] == "Being sent: 0 of 2 emails done."
    assert (after["state"], after["over"]) == ("finished", True)
    assert after["summary"] == "Finished: 2 of 2 emails done."
    assert after["html"] != before["html"]


def test_those_who_poll_at_a_moment_share_an_answer(
    admin_client: Client,
    mailing: Mailing,
    settings: Settings,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    first = admin_client.get(address("progress", mailing)).json()

    with django_assert_max_num_queries(3):
        second = admin_client.get(address("progress", mailing)).json()

    assert second == first


def test_the_page_needs_no_inline_script(admin_client: Client, mailing: Mailing) -> None:
    text = admin_client.get(address("change", mailing)).content.decode()

    assert "desk-progress.js" in text
    assert "<script>" not in text
    assert "style=" not in text


def test_a_mailing_that_is_over_is_not_polled(admin_client: Client, mailing: Mailing) -> None:
    scheduling.cancel(mailing)

    assert "desk-progress.js" not in admin_client.get(address("change", mailing)).content.decode()


def test_it_is_paused_and_goes_on(admin_client: Client, mailing: Mailing) -> None:
    admin_client.post(address("pause", mailing))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED

    admin_client.post(address("resume", mailing))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.SENDING


@pytest.mark.parametrize("move", ["start", "pause", "resume"])
def test_no_link_can_start_pause_or_resume(
    admin_client: Client, mailing: Mailing, move: str
) -> None:
    assert admin_client.get(address(move, mailing)).status_code == 405


def test_moves_need_the_token_of_a_form(admin_user: object, mailing: Mailing) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)  # type: ignore[arg-type]

    moves = ("start", "pause", "resume", "cancel", "send_again")
    answers = {client.post(address(move, mailing)).status_code for move in moves}

    assert answers == {403}


def test_cancelling_asks_first(admin_client: Client, mailing: Mailing) -> None:
    page = admin_client.get(address("cancel", mailing))
    mailing.refresh_from_db()
    assert "this cannot be undone" in page.content.decode()
    assert mailing.state == MailingState.SENDING

    admin_client.post(address("cancel", mailing))
    mailing.refresh_from_db()
    assert mailing.state == MailingState.CANCELLED


def test_who_was_slower_is_told_how_it_stands(admin_client: Client, mailing: Mailing) -> None:
    scheduling.cancel(mailing)

    answer = admin_client.post(address("pause", mailing), follow=True)

    assert "This mailing is now “cancelled”." in answer.content.decode()


def test_the_page_of_a_mailing_takes_no_form(admin_client: Client, mailing: Mailing) -> None:
    assert admin_client.post(address("change", mailing)).status_code == 405


def test_a_stored_edition_is_shown_in_a_frame(admin_client: Client, mailing: Mailing) -> None:
    edition = mailing.deliveries.get(mailbox="one@a.example").edition
    assert edition is not None
    arguments = [mailing.pk, edition.pk]

    page = admin_client.get(reverse("admin:newsletter_mailing_edition", args=arguments))
    mail = admin_client.get(reverse("admin:newsletter_mailing_edition_mail", args=arguments))

    assert [str(s.title) for s in page.context["shown"].left_out] == ["On Segou"]
    assert "Text of On Kayes." in mail.content.decode()
    assert mail["Content-Security-Policy"].startswith("sandbox;")


def test_the_page_of_an_edition_says_what_some_of_its_readers_chose_if_they_are_many(
    admin_client: Client, publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    for regions in (["ML-1"], ["ML-4"], ["ML-1", "ML-4"]):
        make_subscription(
            publication=publication,
            regions=regions,
            address=f"{len(regions)}{regions[0]}@a.example",
        )
    mailing = scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    freeze_due(50)
    edition = mailing.editions.get()
    page = reverse("admin:newsletter_mailing_edition", args=[edition.mailing_id, edition.pk])
    of_all = admin_client.get(page)

    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 2)
    of_some = admin_client.get(page)

    sentence = "Shown for its first readers only"
    assert len(of_all.context["choices"]) == 3
    assert sentence not in of_all.content.decode()
    assert len(of_some.context["choices"]) == 2
    assert sentence in of_some.content.decode()


def test_an_edition_is_found_in_its_own_mailing_only(
    admin_client: Client, mailing: Mailing
) -> None:
    scheduling.cancel(mailing)
    other = scheduling.schedule(mailing.issue, at=None, by=None)
    edition = mailing.editions.earliest("pk")

    answer = admin_client.get(
        reverse("admin:newsletter_mailing_edition", args=[other.pk, edition.pk])
    )

    assert answer.status_code == 404


def test_the_list_tells_the_time_there_and_the_counts(
    admin_client: Client, mailing: Mailing
) -> None:
    settle(mailing, "one@a.example", DeliveryState.ACCEPTED)

    text = admin_client.get(reverse("admin:newsletter_mailing_changelist")).content.decode()

    assert "(Bamako)" in text
    assert '<td class="field-planned">2</td><td class="field-accepted">1</td>' in text


def test_the_list_of_mailings_does_not_query_row_by_row(
    admin_client: Client,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    issue = make_issue(publication, ("Letter", []))
    for _ in range(8):
        scheduling.cancel(scheduling.schedule(issue, at=None, by=None, even_to_nobody=True))

    with django_assert_max_num_queries(8):
        admin_client.get(reverse("admin:newsletter_mailing_changelist"))


def test_the_desk_takes_the_same_queries_however_many_readers(
    admin_client: Client, mailing: Mailing, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(30):
        admin_client.get(address("change", mailing))


def test_the_history_is_in_the_language_of_whoever_reads_it(
    admin_client: Client, mailing: Mailing
) -> None:
    pause = reverse("admin:newsletter_mailing_pause", args=[mailing.pk])
    admin_client.post(pause, headers={"accept-language": "fr"})
    history = reverse("admin:newsletter_mailing_history", args=[mailing.pk])
    log = reverse("admin:subscribers_auditentry_changelist")

    for page in (history, log):
        english = admin_client.get(page, headers={"accept-language": "en"}).content.decode()
        french = admin_client.get(page, headers={"accept-language": "fr"}).content.decode()
        assert "Paused." in english
        assert "L’envoi est en pause." in french
        assert "Paused." not in french
