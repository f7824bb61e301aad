"""Looking up what became of the mail to one reader."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from newsletter.models import Delivery, Issue, Mailing
from newsletter.services.freezing import freeze_due
from newsletter.services.scheduling import schedule
from tests.factories import make_subscription

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
    Delivery.objects.filter(pk=delivery.pk).update(detail="20261122T1_ab_one@a.example.eml")

    page = reverse("admin:newsletter_delivery_change", args=[delivery.pk])
    text = admin_client.get(page).content.decode()

    assert "/outbox/20261122T1_ab_one@a.example.eml/" in text


def test_the_list_does_not_query_row_by_row(
    admin_client: Client, issue: Issue, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_subscription(publication=issue.publication, address=f"r{number}@a.example")
    schedule(issue, at=None, by=None)
    assert freeze_due(50)

    with django_assert_max_num_queries(8):
        assert len(mailboxes(admin_client)) == 20
