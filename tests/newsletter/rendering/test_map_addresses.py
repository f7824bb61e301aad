from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from newsletter.models import Trend
from newsletter.rendering import map_addresses
from newsletter.rendering.map_addresses import map_of, map_url, read, token_of
from newsletter.rendering.maps import Map, Marked, draw
from subscribers.errors import LinkInvalid
from tests.newsletter.rendering.maps import KAYES, ONE, SIX

marks = st.builds(
    Marked,
    st.text(),
    st.sampled_from(Trend.values),
    st.lists(st.sampled_from(["ML-1", "ML-4", "SN-DK"]), min_size=1).map(tuple),
)
maps = st.builds(Map, st.lists(marks, min_size=1).map(tuple), st.sampled_from(["en", "fr"]))

#: What stands in mail that was sent, under this key.
MAILED_WITH = "the key of the first mail"
MAILED = (
    "zanIkEgmK25i9WlrKDkwA1nkg1_B0oUyRlBCErMYLzAsK6Dyberhx7Ri"
    "nhhCjpFKE3RJCQbgNbUlffNQZ6FFQmqLHAg_lHDaigCZy62Ie9Q"
)


@given(maps)
def test_an_address_holds_all_that_the_map_shows(wanted: Map) -> None:
    assert read(token_of(wanted)) == wanted


def test_the_same_map_has_the_same_address_for_every_reader(settings: Settings) -> None:
    settings.SITE_URL = "https://news.example.org"

    assert map_url(SIX) == map_url(replace(SIX))
    assert map_url(SIX).startswith("https://news.example.org/maps/")
    assert map_url(SIX).endswith(".png")


def test_an_address_tells_nobody_else_which_regions_it_shows() -> None:
    bare = urlsafe_b64decode(f"{token_of(SIX)}==")

    for region in SIX.regions:
        assert region.name.encode() not in bare
        assert region.outlines[0].encode() not in bare
    assert len(token_of(ONE)) == len(token_of(replace(ONE, language="fr")))


def test_light_and_dark_have_addresses_of_their_own() -> None:
    assert map_url(SIX) != map_url(replace(SIX, dark=True))


def test_the_address_of_six_regions_stays_short() -> None:
    assert len(map_url(SIX)) < 450


def test_an_address_that_was_mailed_works_whatever_the_code_draws_by_now(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LINK_KEYS = ["new", MAILED_WITH]
    monkeypatch.setattr(map_addresses, "DRAWING", 99)

    assert read(MAILED) == ONE


def test_maps_drawn_otherwise_have_new_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    mailed = token_of(ONE)
    monkeypatch.setattr(map_addresses, "DRAWING", 99)

    assert token_of(ONE) != mailed
    assert read(mailed) == read(token_of(ONE)) == ONE


def test_a_region_whose_outline_is_gone_by_now_is_still_shown() -> None:
    mailed = token_of(Map((KAYES, Marked("Old Kita", "increased", ("ML-1", "ML-OLD"))), "en"))

    shown = read(mailed)

    assert shown.regions == (KAYES, Marked("Old Kita", "increased", ()))
    assert draw(shown)


@pytest.mark.parametrize("strange", ["", "x", ".", "a.b", "é", "A" * 64])
def test_what_we_did_not_make_is_refused(strange: str) -> None:
    with pytest.raises(LinkInvalid):
        read(strange)


def test_addresses_outlive_a_new_key_and_not_the_end_of_their_own(settings: Settings) -> None:
    settings.LINK_KEYS = ["old"]
    token = token_of(ONE)

    settings.LINK_KEYS = ["new", "old"]
    assert read(token) == ONE
    settings.LINK_KEYS = ["new"]
    with pytest.raises(LinkInvalid):
        read(token)


def test_a_map_names_what_has_no_outline() -> None:
    regions = [("Kayes", "decreased", ["ML-1"]), ("Kita", "increased", ["x-ML-KITA"])]

    assert map_of(regions, "en") == Map((KAYES, Marked("Kita", "increased", ())), "en")


def test_without_regions_there_is_no_map() -> None:
    assert map_of([], "en") is None
