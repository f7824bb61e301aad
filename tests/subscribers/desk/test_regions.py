"""Regions at the desk: added, mended, and refused with a sentence, nothing half saved."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from subscribers.directions import FSI, PDI
from subscribers.models import AuditEntry, Region, RegionOutline
from subscribers.regions import find
from tests.factories import make_publication, make_subscription
from tests.newsletter.admin import opened
from tests.newsletter.admin.opened import OpenPage, open_page, take_values
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

LARGER = [[-12, 13], [-10, 13], [-10, 15], [-12, 15], [-12, 13]]
SQUARE = [[-11, 14], [-10, 14], [-10, 15], [-11, 15], [-11, 14]]


@pytest.fixture(autouse=True)
def _regions(db: None) -> None:
    load_regions()


def region(code: str) -> Region:
    return Region.objects.get(code=code)


def page_of(code: str) -> str:
    return reverse("admin:subscribers_region_change", args=[region(code).pk])


def new(client: Client, **typed: object) -> OpenPage:
    """The page of a new region, filled in: a town in Kayes."""
    page = open_page(client, reverse("admin:subscribers_region_add"))
    town = {"code": "x-TOWN", "kind": "admin2", "parent": region("ML-1").pk, "names_en": "Town"}
    return page.put(**{**town, **typed})


def file_of(plain: object) -> SimpleUploadedFile:
    return SimpleUploadedFile("outline.geojson", json.dumps(plain).encode())


def bare(answer: Any) -> str:
    """What a page says, without the marks that hold names together."""
    return str(answer.content.decode()).replace(FSI, "").replace(PDI, "")


def keys(*codes: str) -> list[int]:
    return [region(code).pk for code in codes]


def test_a_region_is_added_with_its_names_and_found_by_each(admin_client: Client) -> None:
    new(
        admin_client,
        code="x-kayes-town",
        names_en="Khasso Town",
        names_fr="Ville du Khasso",
        names_ar="مدينة خاسو",
        valid_from="2020-01-01",
        spellings__TOTAL_FORMS=1,
        spellings__0__text="Médine-sur-Fleuve",
    ).send()

    town = region("x-KAYES-TOWN")
    assert (town.origin, town.parent) == ("staff", region("ML-1"))
    for typed in ("KHASSO town", "ville du khasso", "مدينة خاسو", "medine sur fleuve", town.code):
        assert find(typed) == [town]
    changes = AuditEntry.objects.get(about_kind="subscribers.region").changes
    assert changes["names_fr"] == [None, "Ville du Khasso"]


def test_what_staff_mend_is_left_alone_by_the_next_loading(admin_client: Client) -> None:
    page = open_page(admin_client, page_of("ML-1"))
    shipped = region("ML-1").spellings.get(text="Kayes region")
    number = next(n for n in range(9) if page.values[f"spellings-{n}-id"] == [str(shipped.pk)])
    page.put(names_fr="Khasso", names_ar="", valid_to="2030-01-01")
    page.put(**{f"spellings__{number}__DELETE": "on"}).send()

    load_regions()

    kayes = region("ML-1")
    assert kayes.names == {"en": "Kayes", "fr": "Khasso"}
    assert str(kayes.valid_to) == "2030-01-01"
    assert not kayes.spellings.filter(text="Kayes region").exists()
    assert kayes.mended == ["aliases", "names.ar", "names.fr", "valid_to"]
    shown = bare(admin_client.get(page_of("ML-1")))
    assert "other names, name (Arabic), name (French) and valid to" in shown


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": "ML-4"}, "Region with this Code already exists."),
        ({"code": "a b"}, "A code has letters, digits and hyphens, like ML-1."),
        ({"parent": ""}, "Choose what it lies in; only the world lies in nothing."),
        (
            {"kind": "admin1"},
            "A first-level division cannot lie in Kayes, a first-level division: that stands no",
        ),
        ({"kind": "world", "parent": ""}, "Select a valid choice."),
        ({"kind": "group"}, "Choose the members of the group."),
        ({"members": "ML-4"}, "Only a named group has members."),
        ({"names_en": ""}, "This field is required."),
        ({"names_fr": "Town\u202e"}, "Write it on one line, without invisible control characters."),
        ({"names_fr": "\u200b"}, "cannot be searched for."),
        # Of 20 letters, each of which comes apart in 18.
        ({"names_ar": "ﷺ" * 20}, "cannot be searched for."),
        (
            {"spellings__TOTAL_FORMS": "1", "spellings__0__text": "Town\u202e"},
            "Write it on one line, without invisible control characters.",
        ),
        ({"valid_from": "2020-02-01", "valid_to": "2020-02-01"}, "It ends before it begins."),
    ],
)
def test_a_region_that_cannot_be_is_refused_with_a_sentence(
    admin_client: Client, typed: dict[str, str], sentence: str
) -> None:
    if "members" in typed:
        typed = {"members": str(region(typed["members"]).pk)}

    answer = new(admin_client, **typed).send()

    assert sentence in answer.content.decode()
    assert not Region.objects.filter(names__en="Town").exists()


def test_regions_do_not_come_to_lie_in_each_other(admin_client: Client) -> None:
    wide, narrow = region("002"), region("011")
    Region.objects.filter(pk=narrow.pk).update(parent=wide)

    answer = open_page(admin_client, page_of("002")).put(parent=narrow.pk).send()

    assert "002 › 011 › 002 lie in each other, in a circle." in answer.content.decode()
    assert region("002").parent == region("001")


def test_a_group_does_not_come_to_hold_itself(admin_client: Client) -> None:
    one, other = region("x-AES"), region("x-WESTERN-MALI")
    other.members.add(one)

    answer = open_page(admin_client, page_of("x-AES")).put(members=[other.pk]).send()

    assert "x-AES › x-WESTERN-MALI › x-AES lie in each other" in answer.content.decode()
    assert other not in one.members.all()


def test_members_taken_from_a_group_are_named_in_its_entry(admin_client: Client) -> None:
    open_page(admin_client, page_of("x-AES")).put(members=keys("ML", "NE")).send()

    changes = AuditEntry.objects.get(about_kind="subscribers.region").changes
    assert changes == {"members": [["Burkina Faso", "Mali", "Niger"], ["Mali", "Niger"]]}
    assert region("x-AES").mended == ["members"]


def test_a_region_does_not_succeed_itself(admin_client: Client) -> None:
    own = open_page(admin_client, page_of("ML-1")).put(successors=keys("ML-1")).send()
    round_about = open_page(admin_client, page_of("x-ML-KITA")).put(successors=keys("ML-1")).send()

    assert "A region does not succeed itself." in own.content.decode()
    assert "x-ML-KITA › ML-1 › x-ML-KITA lie in each other" in round_about.content.decode()
    assert not region("x-ML-KITA").successors.exists()


def test_a_region_is_not_succeeded_by_what_it_lies_in(admin_client: Client) -> None:
    answer = open_page(admin_client, page_of("ML-1")).put(successors=keys("ML")).send()

    assert "ML-1 › ML › ML-1 lie in each other, in a circle." in answer.content.decode()
    assert region("ML") not in region("ML-1").successors.all()


def test_what_lies_in_a_region_has_to_stay_below_it(admin_client: Client) -> None:
    new(admin_client, code="x-WEST", kind="admin1", parent=region("ML").pk).send()
    new(admin_client, parent=region("x-WEST").pk, names_en="Village").send()

    answer = open_page(admin_client, page_of("x-WEST")).put(kind="admin2").send()

    assert "Village, a second-level division, lies in it" in answer.content.decode()
    assert region("x-WEST").kind == "admin1"


def test_a_region_that_comes_with_the_service_keeps_code_and_kind(admin_client: Client) -> None:
    open_page(admin_client, page_of("ML-4")).put(code="XX", kind="admin2").send()

    assert region("ML-4").kind == "admin1"


def delete_page(code: str) -> str:
    return reverse("admin:subscribers_region_delete", args=[region(code).pk])


def test_a_region_that_nothing_names_is_deleted(admin_client: Client) -> None:
    new(admin_client).send()

    opened.delete(admin_client, delete_page("x-TOWN"))

    assert not Region.objects.filter(code="x-TOWN").exists()


def test_a_region_in_use_stays_and_a_sentence_says_who_uses_it(admin_client: Client) -> None:
    new(admin_client).send()
    make_subscription(publication=make_publication(), regions=[region("x-TOWN")])

    answer = bare(admin_client.get(delete_page("x-TOWN"), follow=True))

    assert "Town is in use: " in answer
    assert "1 publication" in answer
    assert "1 chosen region" in answer
    assert "Write a day in “valid to” instead." in answer
    assert region("x-TOWN")


def test_a_region_of_the_world_is_not_deleted(admin_client: Client) -> None:
    assert "would come back" in bare(admin_client.get(delete_page("ML-1"), follow=True))


def upload(client: Client, code: str, file: SimpleUploadedFile) -> str:
    page = open_page(client, page_of(code))
    sent = {**page.values, "outline": file, "_continue": "1"}
    return str(client.post(page.address, sent, follow=True).content.decode())


def test_an_outline_is_stored_and_taken_away_again(admin_client: Client) -> None:
    shown = upload(admin_client, "ML-1", file_of({"type": "Polygon", "coordinates": [SQUARE]}))

    outline = RegionOutline.objects.get()
    assert outline.region == region("ML-1")
    assert outline.pieces == [[SQUARE]]
    assert '<svg class="desk-outline"' in shown

    open_page(admin_client, page_of("ML-1")).put(outline_removed="on").send()
    assert not RegionOutline.objects.exists()


def test_two_who_upload_an_outline_at_once_do_not_overwrite_each_other(
    admin_client: Client,
) -> None:
    first, second = (open_page(admin_client, page_of("ML-1")) for _ in range(2))
    first.values["outline"] = file_of({"type": "Polygon", "coordinates": [SQUARE]})  # type: ignore[assignment]
    second.values["outline"] = file_of({"type": "Polygon", "coordinates": [LARGER]})  # type: ignore[assignment]

    first.send()
    refused = second.send()

    said = "admin changed this while you had it open. Look at what is there now, and choose again."
    assert said in unescape(refused.content.decode())
    assert RegionOutline.objects.get().pieces == [[SQUARE]]

    take_values(second, refused.content.decode())
    second.values["outline"] = file_of({"type": "Polygon", "coordinates": [LARGER]})  # type: ignore[assignment]
    second.send()
    assert RegionOutline.objects.get().pieces == [[LARGER]]


def test_an_outline_that_came_meanwhile_is_not_removed_unseen(admin_client: Client) -> None:
    upload(admin_client, "ML-1", file_of({"type": "Polygon", "coordinates": [SQUARE]}))
    page = open_page(admin_client, page_of("ML-1")).put(outline_removed="on")
    upload(admin_client, "ML-1", file_of({"type": "Polygon", "coordinates": [LARGER]}))

    refused = page.send()

    assert "Look at what is there now, and choose again." in refused.content.decode()
    assert RegionOutline.objects.get().pieces == [[LARGER]]


def test_an_outline_that_came_meanwhile_stands_in_nobodys_way(admin_client: Client) -> None:
    page = open_page(admin_client, page_of("ML-1")).put(names_fr="Khasso")
    upload(admin_client, "ML-1", file_of({"type": "Polygon", "coordinates": [SQUARE]}))

    page.send()

    assert region("ML-1").names["fr"] == "Khasso"
    assert RegionOutline.objects.get().pieces == [[SQUARE]]


def test_a_refused_outline_leaves_the_rest_unsaved_too(admin_client: Client) -> None:
    page = open_page(admin_client, page_of("ML-1")).put(names_fr="Khasso")
    page.values["outline"] = file_of({"type": "Point"})  # type: ignore[assignment]

    answer = page.send()

    assert "This is a Point. An outline is a Polygon or a MultiPolygon." in answer.content.decode()
    assert "fr" not in region("ML-1").names
    assert not RegionOutline.objects.exists()


def test_a_file_above_the_limit_is_refused_before_it_is_read(admin_client: Client) -> None:
    large = SimpleUploadedFile("large.geojson", b" " * (5 * 1024**2 + 1))

    assert "an outline takes 5.0\xa0MB at most" in upload(admin_client, "ML-1", large)


def test_a_file_of_fifty_megabytes_is_not_even_taken(admin_client: Client) -> None:
    answer = admin_client.post(
        page_of("ML-1"), b"", content_type="text/plain", CONTENT_LENGTH=50 * 1024**2
    )

    assert answer.status_code == 413
    assert "You sent 50.0\xa0MB; 20.0\xa0MB is the most" in answer.content.decode()


def test_the_page_is_in_french_with_arabic_fields_from_right_to_left(admin_client: Client) -> None:
    shown = admin_client.get(page_of("ML-1"), headers={"Accept-Language": "fr"}).content.decode()

    assert "Nom (Arabe)" in shown
    assert 'lang="ar" dir="rtl"' in shown
