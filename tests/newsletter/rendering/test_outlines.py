from __future__ import annotations

import pytest

from newsletter.rendering.outlines import country_borders, country_name, outlined, outlines
from subscribers.fallback import in_language
from subscribers.models import Language
from tests.regions import entries

REGIONS = entries()
#: Too new or too small for the source.
WITHOUT = {"CI-AB", "CI-YM", "MR-13", "MR-14", "MR-15"}


def test_every_first_level_division_of_iso_3166_has_an_outline_but_for_a_few() -> None:
    codes = {r.code for r in REGIONS if r.kind == "admin1" and not r.code.startswith("x-")}

    assert codes - set(outlines()) == WITHOUT


def test_outlines_are_called_as_the_regions_are() -> None:
    names = {(r.code, tag): in_language(r.names, tag) for r in REGIONS for tag in Language.values}

    for code, outline in outlines().items():
        for tag in Language.values if outline.country != code else ():
            assert outline.name(tag) == names[code, tag]


def test_neighbours_share_their_border_point_by_point() -> None:
    kayes, koulikoro, gao, menaka = (
        {point for ring in outlines()[code].rings for point in ring}
        for code in ("ML-1", "ML-2", "ML-7", "ML-9")
    )

    assert len(kayes & koulikoro) > 10
    assert len(gao & menaka) > 4


def test_only_the_outside_of_a_country_is_its_border() -> None:
    border = {point for stretch in country_borders()["ML"] for point in stretch}
    bamako = {point for ring in outlines()["ML-BKO"].rings for point in ring}

    assert border
    assert not border & bamako


def test_lines_that_were_drawn_by_hand_are_known_as_such() -> None:
    mali = {code for code in outlined(["ML"]) if outlines()[code].is_schematic}

    assert mali == {"ML-6", "ML-7", "ML-9", "ML-10"}


def test_a_country_is_made_up_of_its_regions() -> None:
    assert len(outlined(["ML"])) == 11
    assert outlined(["ML", "ML-1"]) == outlined(["ML"])
    assert outlined(["GH"]) == ("GH",)


def test_what_lacks_a_part_has_no_outline() -> None:
    assert outlined(["ML-1", "x-ML-KITA"]) == ()
    assert outlined(["011"]) == ()
    assert outlined([]) == ()


def test_countries_have_names_in_every_language_of_readers() -> None:
    for country in country_borders():
        assert all(country_name(country, tag) for tag in Language.values)
        assert country_name(country, "ar") != country_name(country, "en")


@pytest.mark.parametrize(
    ("language", "region", "country"),
    [
        ("en", "Timbuktu", "Mauritania"),
        ("fr-ML", "Tombouctou", "Mauritanie"),
        ("pt", "Tombuctu", "Mauritânia"),
        ("ar", "تمبكتو", "موريتانيا"),
        ("sw", "Timbuktu", "Mauritania"),
    ],
)
def test_names_are_those_of_a_language_or_else_english(
    language: str, region: str, country: str
) -> None:
    assert outlines()["ML-6"].name(language) == region
    assert country_name("MR", language) == country
