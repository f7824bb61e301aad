from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.signing import BadSignature
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models import Trend
from newsletter.rendering.map_addresses import map_of, map_url, read, sign
from newsletter.rendering.maps import Map, Marked
from tests.newsletter.rendering.maps import KAYES, ONE, SIX

marks = st.builds(
    Marked,
    st.text(),
    st.sampled_from(Trend.values),
    st.lists(st.sampled_from(["ML-1", "ML-4", "SN-DK"]), min_size=1).map(tuple),
)
maps = st.builds(Map, st.lists(marks, min_size=1).map(tuple), st.sampled_from(["en", "fr"]))


@given(maps)
def test_an_address_says_all_that_the_map_shows(wanted: Map) -> None:
    assert read(sign(wanted)) == wanted


def test_the_same_map_has_the_same_address_for_every_reader(settings) -> None:
    settings.SITE_URL = "https://news.example.org"

    assert map_url(SIX) == map_url(replace(SIX))
    assert map_url(SIX).startswith("https://news.example.org/maps/")
    assert map_url(SIX).endswith(".png")


def test_day_and_night_have_addresses_of_their_own() -> None:
    assert map_url(SIX) != map_url(replace(SIX, dark=True))


def test_the_address_of_six_regions_stays_short() -> None:
    assert len(map_url(SIX)) < 350


@pytest.mark.parametrize("tampered", ["", "x", ".", "a.b"])
def test_what_we_did_not_sign_is_refused(tampered: str) -> None:
    with pytest.raises(BadSignature):
        read(tampered)


def test_a_signature_holds_for_its_own_map_alone() -> None:
    shown, _signature = sign(SIX).rsplit(".", 1)
    _shown, signature = sign(ONE).rsplit(".", 1)

    with pytest.raises(BadSignature):
        read(f"{shown}.{signature}")


def test_addresses_outlive_a_new_key_and_not_the_end_of_their_own(settings) -> None:
    settings.LINK_KEYS = ["old"]
    token = sign(ONE)

    settings.LINK_KEYS = ["new", "old"]
    assert read(token) == ONE
    settings.LINK_KEYS = ["new"]
    with pytest.raises(BadSignature):
        read(token)


def test_a_map_names_what_has_no_outline() -> None:
    regions = [("Kayes", "decreased", ["ML-1"]), ("Kita", "increased", ["x-ML-KITA"])]

    assert map_of(regions, "en") == Map((KAYES, Marked("Kita", "increased", ())), "en")


def test_without_regions_there_is_no_map() -> None:
    assert map_of([], "en") is None
