"""Maps draw a region from the outline that staff gave it, and old mail keeps its maps."""

from __future__ import annotations

import pytest

from newsletter.rendering.map_addresses import map_of, read, token_of
from newsletter.rendering.maps import Map, Marked, draw
from newsletter.rendering.outlines import is_drawn, outline
from subscribers.models import Region, RegionOutline
from subscribers.outlines.drawing import DrawnOutline
from subscribers.regions import RegionTree
from subscribers.services.mending_regions import remove_outline, store_outline
from tests.factories import make_region
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


def square(west: float) -> DrawnOutline:
    ring = [(west, 14.0), (west + 1, 14.0), (west + 1, 15.0), (west, 15.0), (west, 14.0)]
    return DrawnOutline([[ring]], (west + 0.5, 14.5))


@pytest.fixture
def basin(db: None) -> Region:
    load_regions()
    kayes = Region.objects.get(code="ML-1")
    basin = make_region("x-BASIN", name_en="Basin", kind="admin2", parent=kayes)
    store_outline(basin, square(-11))
    return basin


def map_of_region(code: str) -> Map:
    drawn = map_of([("Name", "increased", RegionTree.around([code]).drawn_from(code))], "en")
    assert drawn
    return drawn


def test_a_region_is_drawn_from_it_in_its_country(basin: Region) -> None:
    drawn = map_of_region("x-BASIN")

    (marked,) = drawn.regions
    assert marked.outlines == (f"x-BASIN@{square(-11).digest}",)
    assert outline(marked.outlines[0]).country == "ML"
    bare = Map((Marked("Name", "increased", ()),), "en")
    assert draw(drawn) != draw(bare)
    assert read(token_of(drawn)) == drawn


def test_a_group_is_drawn_from_those_of_its_members(basin: Region) -> None:
    group = make_region("x-GROUP", kind="group")
    group.members.set([basin, Region.objects.get(code="ML-4")])

    (marked,) = map_of_region("x-GROUP").regions

    assert marked.outlines == ("ML-4", f"x-BASIN@{square(-11).digest}")


def test_another_outline_is_another_address_and_the_old_one_still_shows_a_map(
    basin: Region,
) -> None:
    mailed = token_of(map_of_region("x-BASIN"))

    store_outline(basin, square(-10))

    assert token_of(map_of_region("x-BASIN")) != mailed
    assert outline(read(mailed).regions[0].outlines[0]).label == (-9.5, 14.5)
    assert draw(read(mailed))


def test_an_outline_that_is_gone_is_a_tile_or_what_came_with_the_service(basin: Region) -> None:
    kayes = Region.objects.get(code="ML-1")
    store_outline(kayes, square(-11))
    mailed = [token_of(map_of_region(code)) for code in ("x-BASIN", "ML-1")]

    for region in (basin, kayes):
        remove_outline(region)

    tile, shipped = (read(token).regions[0].outlines for token in mailed)
    assert tile == ()
    assert outline(*shipped) == outline("ML-1")
    assert all(draw(read(token)) for token in mailed)
    assert not RegionOutline.objects.exists()
    assert not is_drawn(f"x-BASIN@{square(-12).digest}")
