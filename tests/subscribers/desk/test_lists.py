"""Long lists of the desk: readers are found by their address, and nothing is counted to its end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscribers.desk import finding, lists
from subscribers.models import Publication
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db


def found(client: Client, model: str, query: str) -> list[str]:
    answer = client.get(reverse(f"admin:subscribers_{model}_changelist"), {"q": query})
    rows: list[Any] = list(answer.context["cl"].result_list)
    return sorted(getattr(row, "subscriber", row).address for row in rows)


@pytest.fixture
def readers(publication: Publication) -> None:
    for address in ("awa@a.example", "Awa.B@bücher.example", "binta@a.example", "a_wa@c.example"):
        domain = address.rpartition("@")[2].encode("idna").decode()
        address = f"{address.rpartition('@')[0]}@{domain}"
        make_subscription(publication=publication, address=address)
    named = make_subscription(publication=publication, address="other@a.example").subscriber
    named.name = "Ms Awa Diarra"
    named.save()


@pytest.mark.parametrize("model", ["subscriber", "subscription"])
@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("awa@a.example", ["awa@a.example"]),
        (" AWA@A.example ", ["awa@a.example"]),
        ("awa@", ["awa@a.example"]),
        ("awa.b@Bücher.example", ["Awa.B@xn--bcher-kva.example"]),
        ("a_", ["a_wa@c.example"]),
        ("@c.example", ["a_wa@c.example"]),
        ("wa@a.example", []),
        ("%", []),
    ],
)
def test_a_reader_is_found_by_an_address_or_how_it_begins(
    admin_client: Client, readers: None, model: str, query: str, addresses: list[str]
) -> None:
    assert found(admin_client, model, query) == addresses


def test_a_reader_is_found_by_a_part_of_their_name_too(admin_client: Client, readers: None) -> None:
    assert found(admin_client, "subscriber", "awa") == [
        "Awa.B@xn--bcher-kva.example",
        "awa@a.example",
        "other@a.example",
    ]


def test_where_many_match_some_are_shown_and_it_is_said(
    admin_client: Client, readers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", 1)

    page = reverse("admin:subscribers_subscription_changelist")
    text = admin_client.get(page, {"q": "a"}).content.decode()

    assert "More than 1 readers match. Type more of the address." in text
    assert len(found(admin_client, "subscription", "a")) == 1


def test_a_long_list_says_more_than_and_nobody_acts_on_all_of_it(
    admin_client: Client, readers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = reverse("admin:subscribers_subscription_changelist")
    whole = admin_client.get(page).content.decode()

    monkeypatch.setattr(lists, "MOST", 3)
    cut = admin_client.get(page).content.decode()

    assert "more than" not in whole
    assert "more than 3" in " ".join(cut.split())
    assert "across all pages" not in cut


def test_a_row_leads_back_to_the_list_as_it_was_narrowed(
    admin_client: Client, readers: None
) -> None:
    narrowed = {"q": "awa@", "status__exact": "active"}
    page = admin_client.get(reverse("admin:subscribers_subscription_changelist"), narrowed)
    row = page.context["cl"].result_list[0]

    way_back = urlencode({"_changelist_filters": urlencode(narrowed)})
    there = reverse("admin:subscribers_subscription_change", args=[row.pk])
    assert f'href="{there}?{way_back}"' in page.content.decode()


def test_a_list_without_rows_is_not_asked_for_them(admin_client: Client, readers: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = admin_client.get(
            reverse("admin:subscribers_subscription_changelist"), {"mail_format__exact": "text"}
        )

    of_list = [q["sql"] for q in asked if 'FROM "subscribers_subscription"' in q["sql"]]
    assert [sql for sql in of_list if "COUNT" not in sql and "mail_format" in sql] == []
    assert list(page.context["cl"].result_list) == []
