"""A publication picks its regions from a tree, with a search, without a script."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscribers.errors import AskForRegions
from subscribers.models import AuditEntry, Publication
from subscribers.services.covering import cover
from tests.answers import Answer
from tests.factories import make_publication
from tests.newsletter.admin.opened import open_page
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication(db: None) -> Publication:
    load_regions()
    return make_publication(regions=["ML-1", "SN"])


def page_of(publication: Publication) -> str:
    return reverse("admin:subscribers_publication_regions", args=[publication.pk])


def boxes(answer: Answer) -> dict[str, bool]:
    page = answer.content.decode()
    found = re.findall(r'<input type="checkbox" name="regions" value="([\w-]+)"( checked)?', page)
    assert len(found) == len(dict(found))
    return {code: bool(ticked) for code, ticked in found}


def ticked(answer: Answer) -> set[str]:
    return {code for code, is_ticked in boxes(answer).items() if is_ticked}


def covered(publication: Publication) -> set[str]:
    return set(publication.regions.values_list("code", flat=True))


def test_the_page_has_the_countries_and_what_lies_beside_what_is_ticked(
    admin_client: Client, publication: Publication
) -> None:
    answer = admin_client.get(page_of(publication))

    assert ticked(answer) == {"ML-1", "SN"}
    assert {"001", "002", "GN", "ML", "ML-4", "x-AES"} <= boxes(answer).keys()
    assert "GN-B" not in boxes(answer)


def test_a_country_is_opened_with_what_is_ticked_and_nothing_is_saved(
    admin_client: Client, publication: Publication
) -> None:
    answer = admin_client.post(page_of(publication), {"regions": ["ML-4"], "open": "GN"})

    assert ticked(answer) == {"ML-4"}
    assert "GN-B" in boxes(answer)
    assert covered(publication) == {"ML-1", "SN"}


@pytest.mark.parametrize("typed", ["ménaka", "MENAKA", "ml-9", "ميناكا"])
def test_a_region_is_found_however_it_is_typed(
    admin_client: Client, publication: Publication, typed: str
) -> None:
    answer = admin_client.post(page_of(publication), {"regions": ["SN"], "find": typed})

    page = answer.content.decode()
    assert page.index(">Found<") < page.index('value="ML-9"') < page.index(">All regions<")
    assert ticked(answer) == {"SN"}


def test_what_is_not_found_is_said(admin_client: Client, publication: Publication) -> None:
    answer = admin_client.post(page_of(publication), {"find": "Atlantis"})

    assert "No region is called “Atlantis” here." in answer.content.decode()


def test_nothing_that_is_sent_makes_the_page_fail(
    admin_client: Client, publication: Publication
) -> None:
    junk = {"regions": ["SN", "\0"], "opened": "\0", "find": "\0", "shown": "\0,SN"}

    for sent in (junk, {**junk, "find": "x" * 100_000}, {**junk, "save": "1"}):
        assert admin_client.post(page_of(publication), sent).status_code < 400


def test_what_is_ticked_is_saved_and_kept_in_the_audit_log(
    admin_client: Client, publication: Publication
) -> None:
    sent = {"regions": ["ML-1", "ML-4"], "shown": "ML-1,SN", "save": "1"}

    answer = admin_client.post(page_of(publication), sent)

    assert answer["Location"].endswith(f"/publication/{publication.pk}/change/")
    assert covered(publication) == {"ML-1", "ML-4"}
    entry = AuditEntry.objects.get(about_kind="subscribers.publication")
    assert entry.changes == {"regions": [["Kayes", "Senegal"], ["Kayes", "Segou"]]}


def test_two_people_who_pick_at_once_both_get_what_they_changed(publication: Publication) -> None:
    shown = ["ML-1", "SN"]

    cover(publication, ["ML-1", "SN", "ML-4"], shown=shown)
    cover(publication, ["ML-1", "NE", "no such"], shown=shown)

    assert covered(publication) == {"ML-1", "ML-4", "NE"}


def test_a_publication_covers_something(publication: Publication) -> None:
    with pytest.raises(AskForRegions):
        cover(publication, [], shown=["ML-1", "SN"])

    assert covered(publication) == {"ML-1", "SN"}


def test_the_page_takes_few_queries(
    admin_client: Client,
    publication: Publication,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(12):
        admin_client.post(page_of(publication), {"regions": ["ML-1"], "find": "a"})


def test_a_new_publication_leads_to_its_regions(
    admin_client: Client, publication: Publication
) -> None:
    page = open_page(admin_client, reverse("admin:subscribers_publication_add"))
    page.put(name="Horn of Africa", slug="horn", from_name="Desk", postal_address="1 Street")
    page.put(from_address="desk@news.example.org", reply_to="desk@news.example.org")
    page.put(list_id="horn.news.example.org", languages="en, ar")

    answer = admin_client.post(page.address, page.values)

    assert answer["Location"] == page_of(Publication.objects.get(slug="horn"))


def test_who_may_only_look_does_not_pick(publication: Publication) -> None:
    user = User.objects.create_user("looking", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_publication"))
    client = Client()
    client.force_login(user)

    assert client.get(page_of(publication)).status_code == 403
    page = client.get(reverse("admin:subscribers_publication_change", args=[publication.pk]))
    assert "Kayes and Senegal" in page.content.decode().replace("\u2068", "").replace("\u2069", "")
    assert page_of(publication) not in page.content.decode()
