from __future__ import annotations

import pytest

from newsletter.rendering.outlines import (
    FOLDER,
    Box,
    countries_in,
    country_border,
    in_country,
    name_of,
    outline,
    outlined,
)
from subscribers.regions.files import SHIPPED, read
from tests.regions import entries

#: Too new or too small for the source.
WITHOUT = {"CI-AB", "CI-YM", "MR-13", "MR-14", "MR-15"}
#: Too small for the source, or with another country in it.
NOT_DRAWN = ["BQ", "BV", "SJ", "VA"]
MILLION = 1_000_000


def test_every_first_level_division_around_mali_has_an_outline_but_for_a_few() -> None:
    codes = {r.code for r in entries() if r.kind == "admin1" and not r.code.startswith("x-")}

    assert {code for code in codes if not outlined([code])} == WITHOUT


def test_most_divisions_of_the_world_and_nearly_all_countries_have_an_outline() -> None:
    world = read(SHIPPED)
    countries = [e.code for e in world if e.kind == "country"]
    divisions = [e.code for e in world if e.kind == "admin1" and not e.code.startswith("x-")]

    assert [c for c in countries if not outlined([c])] == NOT_DRAWN
    assert sum(bool(outlined([code])) for code in divisions) > 0.8 * len(divisions)


def test_the_outlines_of_the_world_are_four_megabytes_at_most() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 4 * MILLION


def test_every_outline_is_of_a_region_that_comes_with_the_service() -> None:
    known = {entry.code for entry in read(SHIPPED)}

    for file in FOLDER.glob("*.geojson"):
        assert set(in_country(file.stem)) <= known


def test_neighbours_share_their_border_point_by_point() -> None:
    kayes, koulikoro, gao, menaka = (
        {point for ring in outline(code).rings for point in ring}
        for code in ("ML-1", "ML-2", "ML-7", "ML-9")
    )

    assert len(kayes & koulikoro) > 10
    assert len(gao & menaka) > 4


def test_only_the_outside_of_a_country_is_its_border() -> None:
    border = {point for stretch in country_border("ML") for point in stretch}
    bamako = {point for ring in outline("ML-BKO").rings for point in ring}

    assert border
    assert not border & bamako


def test_lines_that_were_drawn_by_hand_are_known_as_such() -> None:
    mali = {code for code in outlined(["ML"]) if outline(code).is_schematic}

    assert mali == {"ML-6", "ML-7", "ML-9", "ML-10"}


def test_a_country_is_made_up_of_its_regions() -> None:
    assert len(outlined(["ML"])) == 11
    assert outlined(["ML", "ML-1"]) == outlined(["ML"])
    assert outlined(["HK"]) == ("HK",)


def test_what_lacks_a_part_has_no_outline() -> None:
    assert outlined(["ML-1", "x-ML-KITA"]) == ()
    assert outlined(["011"]) == ()
    assert outlined([]) == ()
    with pytest.raises(KeyError):
        outline("ML-99")


def test_crimea_is_where_iso_has_it() -> None:
    assert outline("UA-43").country == "UA"


def test_only_the_countries_in_sight_are_looked_at() -> None:
    seen = set(countries_in(Box(-2, 14, 2, 18)))

    assert {"ML", "NE", "BF"} <= seen
    assert len(seen) < 10


def test_what_is_in_sight_may_lie_beyond_the_date_line() -> None:
    assert {"FJ", "TO"} <= set(countries_in(Box(176, -21, 186, -15)))
    assert "FJ" in countries_in(Box(-184, -19, -178, -16))


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
    assert outline("ML-6").name(language) == region
    assert name_of("MR", language) == country
