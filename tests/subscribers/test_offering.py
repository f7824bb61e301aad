"""A publication covers what it names and all that lies therein; readers choose from that alone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from subscribers.errors import AskForOtherRegions
from subscribers.forms import SignUpForm
from subscribers.models import Publication, Region, SignUpRequest, Subscription
from subscribers.regions import offering
from subscribers.regions.offering import Offer
from subscribers.regions.tree import RegionTree
from subscribers.services.preferences import interests
from subscribers.tokens import Purpose, sign
from tests.factories import make_publication, make_subscription
from tests.regions import load_regions
from tests.subscribers.stamps import stamp_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _regions(db: None) -> None:
    load_regions()


def region(code: str) -> Region:
    return Region.objects.get(code=code)


def covering(*codes: str) -> Publication:
    return make_publication(regions=codes)


def offered(*codes: str) -> set[str]:
    return set(Offer(covering(*codes)).regions)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form shows so few regions that it has no divisions of Mali."""
    monkeypatch.setattr(offering, "MOST_SHOWN", 10)


def test_what_lies_in_a_region_comes_with_it() -> None:
    assert offered("ML") >= {"ML", "ML-1", "ML-10", "ML-BKO", "x-ML-KITA", "x-WESTERN-MALI"}
    assert "SN" not in offered("ML")


def test_what_was_cut_out_of_a_region_comes_with_it() -> None:
    assert offered("ML-1") == {"ML-1", "x-ML-KITA", "x-ML-NIORO"}


def test_the_members_of_a_group_come_with_it() -> None:
    assert offered("x-AES") >= {"ML", "BF", "NE", "NE-8", "ML-1"}


def test_a_region_whose_time_is_over_stays_with_those_who_have_it_alone() -> None:
    publication = covering("ML-1", "ML-4")
    Region.objects.filter(code__in=["ML-1", "x-ML-KITA"]).update(
        valid_from=None, valid_to=date(2020, 1, 1)
    )

    assert set(Offer(publication).regions) == {"ML-4", "x-ML-SAN", "x-ML-NIORO"}
    assert "ML-1" in Offer(publication, held=[region("ML-1")]).regions


def test_a_reader_may_choose_what_lies_in_a_region_and_nothing_else() -> None:
    publication = covering("ML")

    assert interests(publication, [region("ML-1")])
    with pytest.raises(AskForOtherRegions):
        interests(publication, [region("SN-DK")])


def test_a_tree_for_readers_knows_whatever_they_may_choose() -> None:
    tree = RegionTree.for_readers_of(covering("ML"), [])

    assert tree.relation("ML-1", "x-ML-KITA") == "within"


def test_a_large_offer_has_what_is_wide_what_was_found_and_what_was_ticked(few: None) -> None:
    publication = covering("ML")

    assert set(Offer(publication).regions) == {"ML", "x-WESTERN-MALI"} | {
        r.code for r in Region.objects.filter(kind="group", parent__code="ML")
    }
    assert {"ML-4", "ML-1"} <= set(Offer(publication, asked_for=["ML-4", "?\0"]).regions)


@pytest.mark.parametrize("typed", ["Ménaka", "MENAKA", "ml-9", "ميناكا", "Menaka Region"])
def test_a_region_is_found_however_it_is_typed_among_what_is_covered(typed: str) -> None:
    publication = covering("ML")
    region("ML-9").spellings.create(text="Menaka Region")

    assert region("ML-9") in Offer(publication, find=typed).found
    assert Offer(publication, find="Dakar").found == []


def boxes(page: str) -> dict[str, bool]:
    found = re.findall(r'<input type="checkbox" name="regions" value="([\w-]+)"( checked)?', page)
    assert len(found) == len(dict(found))
    return {code: bool(ticked) for code, ticked in found}


def page_of(client: Client, publication: Publication, language: str = "en") -> str:
    address = f"/p/{publication.slug}/"
    return client.get(address, headers={"Accept-Language": language}).content.decode()


def test_parts_are_folded_below_what_they_lie_in(client: Client) -> None:
    page = page_of(client, covering("ML", "SN-DK"))

    assert set(boxes(page)) > {"ML", "ML-1", "SN-DK"}
    assert page.index("In Mali</summary>") < page.index('value="ML-1"')
    assert '<details class="parts">' in page
    assert 'name="find"' not in page


def test_what_is_ticked_is_not_folded_away() -> None:
    publication = covering("ML")

    form = SignUpForm({"regions": ["x-ML-KITA"]}, publication=publication)

    (countries,) = form.region_fieldsets()
    mali = next(box for box in countries.boxes if box.code == "ML")
    assert mali.is_open
    assert next(box for box in mali.parts if box.code == "ML-1").is_open


def test_looking_for_a_region_keeps_what_is_typed_and_takes_nothing(
    client: Client, few: None
) -> None:
    publication = covering("ML")
    typed = {"address": "me@example.org", "regions": ["ML-4"], "language": "fr", "find": "menaka"}

    answer = client.post(f"/p/{publication.slug}/", typed | {"stamp": stamp_for(publication)})

    page = answer.content.decode()
    assert {code for code, ticked in boxes(page).items() if ticked} == {"ML-4"}
    assert page.index(">Found<") < page.index('value="ML-9"') < page.index('value="ML"')
    assert 'value="me@example.org"' in page
    assert re.search(r'name="language" value="fr"[^>]* checked', page)
    assert 'role="alert"' not in page
    assert not SignUpRequest.objects.exists()


def test_nothing_found_is_said(client: Client, few: None) -> None:
    publication = covering("ML")

    page = client.post(f"/p/{publication.slug}/", {"find": "Atlantis <b>"}).content.decode()

    assert "No region is called “Atlantis &lt;b&gt;” here." in page


def test_a_region_that_was_found_is_chosen(client: Client, few: None) -> None:
    publication = covering("ML")
    typed = {"address": "me@example.org", "regions": ["ML-9"], "language": "en", "find": ""}
    typed |= {"mail_format": "html", "stamp": stamp_for(publication)}

    assert client.post(f"/p/{publication.slug}/", typed).status_code == 303
    assert SignUpRequest.objects.get().interest_set.levels == {"ML-9": "all"}


def test_the_page_reads_from_right_to_left_in_arabic(client: Client, few: None) -> None:
    page = page_of(client, covering("ML"), "ar")

    assert 'dir="rtl"' in page
    assert "ابحث عن منطقة" in page


def test_a_reader_keeps_a_region_that_is_covered_no_more() -> None:
    publication = covering("ML-1")
    reader = make_subscription(publication=publication, regions=["ML-4"])
    publication.regions.set([region("ML-1")])

    held = list(reader.interest_set.regions.all())

    assert interests(publication, held, held=reader.interest_set)
    assert "ML-4" in Offer(publication, held=held).first


def preferences_of(subscription: Subscription) -> str:
    return f"/preferences/{sign(Purpose.PREFERENCES, subscription.public_id)}/"


def test_who_looks_for_a_region_in_their_preferences_keeps_what_they_have_and_typed(
    client: Client, few: None
) -> None:
    reader = make_subscription(publication=covering("ML"), regions={"ML-1": "alerts"})
    typed = {"regions": ["ML-1", "ML-4"], "levels": ["ML-1 alerts"], "level": "each"}
    typed |= {"language": "en", "only_on_change": "on", "find": "menaka"}

    page = client.post(preferences_of(reader), typed).content.decode()

    assert {code for code, is_ticked in boxes(page).items() if is_ticked} == {"ML-1", "ML-4"}
    assert page.index(">Found<") < page.index('value="ML-9"')
    assert '<option value="ML-1 alerts" selected>' in page
    assert re.search(r'name="only_on_change"[^>]* checked', page)
    assert reader.interest_set == Subscription.objects.get().interest_set


def test_a_link_adds_a_division_however_much_is_covered(client: Client, few: None) -> None:
    reader = make_subscription(publication=covering("ML"), regions=["ML-1"])

    page = client.get(preferences_of(reader), {"with": "ML-9"}).content.decode()

    assert {code for code, is_ticked in boxes(page).items() if is_ticked} == {"ML-1", "ML-9"}
