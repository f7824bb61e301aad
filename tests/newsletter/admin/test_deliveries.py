"""Looking up what became of the mail to one reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from newsletter.admin.delivery_explanation import explain
from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.models import (
    Delivery,
    DeliveryEvent,
    DeliveryOutcome,
    DeliveryState,
    Mailing,
    Reason,
)
from subscribers.models import InterestSet, Publication
from tests.factories import make_region, make_subscription
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db


LIST = "admin:newsletter_delivery_changelist"


def mailboxes(client: Client, **query: str) -> set[str]:
    found = client.get(reverse(LIST), query).context["cl"].result_list
    return {delivery.mailbox for delivery in found}


def test_a_delivery_is_found_by_its_mailbox(admin_client: Client, mailing: Mailing) -> None:
    assert mailboxes(admin_client, q="two@") == {"two@a.example"}


def test_deliveries_are_filtered_by_mailing_state_and_reason(
    admin_client: Client, mailing: Mailing
) -> None:
    of_mailing = {"mailing__id__exact": str(mailing.pk)}

    assert mailboxes(admin_client, **of_mailing, state__exact="planned") == {
        "one@a.example",
        "two@a.example",
    }
    assert mailboxes(admin_client, reason__exact="not_confirmed") == {"new@a.example"}


def test_one_delivery_tells_its_sections_and_its_edition(
    admin_client: Client, mailing: Mailing
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")

    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    text = admin_client.get(page).content.decode()

    assert "Letter · On Kayes" in text
    assert (
        reverse("admin:newsletter_mailing_edition", args=[mailing.pk, delivery.edition_id]) in text
    )


def test_a_mail_in_the_outbox_can_be_read_from_there(
    admin_client: Client, mailing: Mailing
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    Delivery.objects.filter(pk=delivery.pk).update(outbox_name="20261122T1_ab_one@a.example.eml")

    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    text = admin_client.get(page).content.decode()

    assert "/outbox/20261122T1_ab_one@a.example.eml/" in text


@pytest.mark.parametrize(("right", "shown"), [("view_outbox", True), ("view_mailing", False)])
def test_a_mail_in_the_outbox_is_offered_to_whom_may_read_it(
    staff: Staff, mailing: Mailing, settings: Settings, right: str, shown: bool
) -> None:
    settings.OUTBOX_OPEN = False
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    Delivery.objects.filter(pk=delivery.pk).update(outbox_name="20261122T1_ab_one@a.example.eml")

    text = page_of(delivery, staff.may("view_delivery", right))

    assert ("/outbox/" in text) is shown


@pytest.mark.parametrize(("right", "told"), [("view_subscription", True), ("view_mailing", False)])
def test_what_a_reader_chose_since_is_told_to_those_who_may_see_subscriptions(
    staff: Staff, mailing: Mailing, right: str, told: bool
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    delivery.subscription.interest_set = InterestSet.objects.of([make_region("ML-4")])
    delivery.subscription.save()

    text = page_of(delivery, staff.may("view_delivery", right))

    assert ("By now the choice is: Segou." in text) is told


def page_of(delivery: Delivery, client: Client) -> str:
    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    return client.get(page).content.decode()


def test_the_list_does_not_query_row_by_row(
    admin_client: Client,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    issue = make_issue(publication, ("Letter", []))
    for number in range(20):
        make_subscription(publication=publication, address=f"r{number}@many.example")
    schedule(issue, at=None, by=None)
    assert freeze_due(50)

    with django_assert_max_num_queries(10):
        assert len(mailboxes(admin_client, q="@many.example")) == 20


def test_the_mailings_in_the_list_are_read_once_for_all_rows(
    admin_client: Client, mailing: Mailing
) -> None:
    shown = admin_client.get(reverse(LIST)).context["cl"].result_list

    assert len({id(delivery.mailing) for delivery in shown}) == 1 < len(shown)


def test_what_was_sent_again_is_listed_as_such(admin_client: Client, mailing: Mailing) -> None:
    mailing.deliveries.filter(mailbox="one@a.example").update(resends=1)

    text = admin_client.get(reverse(LIST)).content.decode()

    assert '<td class="field-sent_again">once</td>' in text
    assert mailboxes(admin_client, again="yes") == {"one@a.example"}
    assert mailboxes(admin_client, again="no") == {"two@a.example", "new@a.example"}


@pytest.mark.parametrize(
    ("state", "reason", "outcome", "query"),
    [
        ("unknown", "worker_lost", None, {"state__exact": "unknown"}),
        ("rejected", "refused", None, {"state__exact": "rejected"}),
        ("failed", "poison", None, {"state__exact": "failed"}),
        ("skipped", "paused", None, {"state__exact": "skipped"}),
        ("accepted", "", DeliveryOutcome.BOUNCED_HARD, {"outcome__exact": "4"}),
        ("accepted", "", DeliveryOutcome.DELIVERED, {"outcome__exact": "3"}),
    ],
)
def test_what_is_out_of_the_ordinary_is_found_and_counted_by_what_is_kept(
    admin_client: Client,
    mailing: Mailing,
    state: str,
    reason: str,
    outcome: int | None,
    query: dict[str, str],
) -> None:
    one = mailing.deliveries.filter(mailbox="one@a.example")
    one.update(
        state=state, reason=reason, outcome=outcome, outcome_at=outcome and mailing.scheduled_at
    )

    for narrowed in (query, {**query, "mailing__id__exact": str(mailing.pk)}):
        answer = admin_client.get(reverse(LIST), narrowed)

        assert [d.mailbox for d in answer.context["cl"].result_list] == ["one@a.example"]
        assert answer.context["cl"].number_shown == "1"


def test_the_deliveries_of_one_reader_are_listed_from_their_page(
    admin_client: Client, mailing: Mailing
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    page = reverse("admin:subscribers_subscriber_change", args=[delivery.subscriber_id])

    text = admin_client.get(page).content.decode()

    query = f"subscriber__id__exact={delivery.subscriber_id}"
    assert f"{reverse(LIST)}?{query}" in text
    assert mailboxes(admin_client, subscriber__id__exact=str(delivery.subscriber_id)) == {
        "one@a.example"
    }


def story(mailing: Mailing, mailbox: str, **fields: object) -> list[str]:
    """What is told of the delivery to `mailbox`, if the ledger held `fields`."""
    deliveries = mailing.deliveries.filter(mailbox=mailbox)
    if fields:
        deliveries.update(**fields)
    return list(explain(deliveries.get()))


AT = datetime(2026, 6, 1, 8, 15, tzinfo=UTC)
MADE_FOR_KAYES = [
    "The email was made for the reader’s choice: Kayes.",
    "Sections in it: 2 of 3 (Letter and On Kayes).",
]


def test_the_page_of_a_delivery_tells_its_story(admin_client: Client, mailing: Mailing) -> None:
    delivery = mailing.deliveries.get(mailbox="new@a.example")

    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    text = admin_client.get(page).content.decode()

    assert "No email: has not confirmed the subscription." in text


def test_the_explanation_for_a_reader_outside_the_audience(mailing: Mailing) -> None:
    assert story(mailing, "new@a.example") == [
        "When the audience was fixed, the reader’s choice was: Segou.",
        "No edition was made for it.",
        "No email: has not confirmed the subscription.",
    ]


def test_the_explanation_for_a_mail_that_waits(mailing: Mailing) -> None:
    assert story(mailing, "one@a.example") == [*MADE_FOR_KAYES, "Waiting to be sent."]


def test_the_story_is_french_for_a_french_editor_whatever_the_numbers(mailing: Mailing) -> None:
    with translation.override("fr"):
        told = story(mailing, "one@a.example", attempts=1)

    assert told[1] == "Rubriques reçues\xa0: 2 sur 3 (Letter et On Kayes)."
    assert told[-1] == "Il a été transmis 1 fois."


def test_the_moments_of_a_delivery_are_by_the_publications_clock(
    admin_client: Client, mailing: Mailing
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    Delivery.objects.filter(pk=delivery.pk).update(
        settled_at=AT, state=DeliveryState.ACCEPTED, attempts=1
    )
    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])

    for address in (reverse(LIST), page):
        assert "1 June 2026, 08:15 (Bamako)" in admin_client.get(address).content.decode()


def test_the_explanation_for_a_mail_that_was_accepted(mailing: Mailing) -> None:
    told = story(
        mailing,
        "one@a.example",
        state=DeliveryState.ACCEPTED,
        settled_at=AT,
        attempts=1,
        detail="250 queued as 7",
    )

    assert told == [
        *MADE_FOR_KAYES,
        "The mail service accepted the email on 1 June 2026, 08:15 (Bamako).",
        "It was handed over once.",
        "The mail service’s own words: 250 queued as 7",
    ]


def test_the_explanation_for_a_mail_that_was_sent_again(mailing: Mailing) -> None:
    told = story(
        mailing,
        "one@a.example",
        state=DeliveryState.UNKNOWN,
        reason=Reason.NO_ANSWER,
        settled_at=AT,
        attempts=2,
        resends=1,
    )

    unknown, tries, again = told[2:]
    assert "may or may not have been accepted on 1 June 2026, 08:15 (Bamako): no" in unknown
    assert tries == "It was handed over 2 times."
    assert "if the first one did arrive, the reader gets two" in again


@pytest.mark.parametrize(
    ("state", "reason", "sentence"),
    [
        (DeliveryState.REJECTED, Reason.REFUSED, "refused the address or the message"),
        (DeliveryState.FAILED, Reason.POISON, "gave up after three crashes while sending it"),
        (DeliveryState.SKIPPED, Reason.EXPIRED, "it was too late to send it"),
    ],
)
def test_every_end_tells_its_reason(
    mailing: Mailing, state: DeliveryState, reason: Reason, sentence: str
) -> None:
    told = story(mailing, "one@a.example", state=state, reason=reason, settled_at=AT)

    assert sentence in told[2]
    assert "1 June 2026, 08:15 (Bamako)" in told[2]


@pytest.mark.parametrize("said", ["250 2.0.0 queued/as 7F3.eml", "250 ok <b>x</b>.eml", ".eml"])
def test_a_reply_that_ends_like_a_file_of_the_outbox_is_only_words(
    admin_client: Client, mailing: Mailing, said: str
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    assert f"The mail service’s own words: {said}" in story(mailing, "one@a.example", detail=said)

    answer = admin_client.get(reverse("admin:newsletter_delivery_change", args=[delivery.pk]))

    assert answer.status_code == 200
    assert "/outbox/" not in answer.content.decode()


def test_what_we_say_of_it_ourselves_is_said_in_the_language_of_the_desk(mailing: Mailing) -> None:
    with translation.override("fr"):
        told = story(mailing, "one@a.example", obstacle="turned_away", detail="554 no")

    assert told[-1] == "Le service de messagerie nous a renvoyés\xa0: 554 no"


def test_the_name_in_the_outbox_is_no_word_of_a_mail_service(mailing: Mailing) -> None:
    told = story(mailing, "one@a.example", outbox_name="20261122T1_ab_one@a.example.eml")

    assert told == [*MADE_FOR_KAYES, "Waiting to be sent."]


def report(delivery: Delivery, kind: str, minute: int) -> None:
    DeliveryEvent.objects.create(
        esp="Mailgun",
        event_id=f"{kind}-{minute}",
        kind=kind,
        mailbox=delivery.mailbox,
        detail=f"they said {kind}",
        happened_at=AT + timedelta(minutes=minute),
        received_at=AT,
        delivery=delivery,
    )


def test_the_page_of_a_delivery_tells_what_was_reported_in_its_order(
    admin_client: Client, mailing: Mailing
) -> None:
    delivery = mailing.deliveries.get(mailbox="one@a.example")
    report(delivery, "delivered", 9)
    report(delivery, "deferred", 1)

    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    text = admin_client.get(page).content.decode()

    assert 0 < text.index("they said deferred") < text.index("they said delivered")


def test_an_outcome_is_told_with_its_moment(mailing: Mailing) -> None:
    told = story(
        mailing,
        "one@a.example",
        state=DeliveryState.ACCEPTED,
        settled_at=AT,
        outcome=DeliveryOutcome.DELIVERED,
        outcome_at=AT,
    )

    assert "Later the mail service reported: delivered (1 June 2026, 08:15 (Bamako))." in told


def test_deliveries_are_filtered_by_outcome(admin_client: Client, mailing: Mailing) -> None:
    mailing.deliveries.filter(mailbox="one@a.example").update(
        outcome=DeliveryOutcome.BOUNCED_HARD, outcome_at=AT
    )

    assert mailboxes(admin_client, outcome__exact="4") == {"one@a.example"}
    assert mailboxes(admin_client, outcome__exact="3") == set()
