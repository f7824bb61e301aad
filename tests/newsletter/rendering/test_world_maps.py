"""Maps of places all over the world. Each test leaves its picture in its folder, to look at."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from newsletter.models import Trend
from newsletter.rendering.map_frame import LAND_HEIGHT, WIDTH, Frame, reach
from newsletter.rendering.map_themes import LIGHT
from newsletter.rendering.maps import Map, Marked, draw
from newsletter.rendering.outlines import name_of, outline, outlined

TRENDS = (Trend.INCREASED, Trend.DECREASED, Trend.UNCHANGED)
#: What is marked on each map, and how many degrees of longitude it may be wide.
PLACES = {
    "Mali": ("ML-1 ML-2 ML-3 ML-4 ML-6 ML-10", 25),
    "Ukraine": ("UA-14 UA-09 UA-23 UA-65 UA-63 UA-43", 25),
    "Colombia": ("CO-CAU CO-NAR CO-ARA CO-NSA CO-ANT", 22),
    "Indonesia": ("ID-AC ID-KT ID-PA ID-ST", 60),
    "Fiji": ("FJ-N FJ-W FJ-E", 16),
    "Svalbard": ("NO-21", 60),
    "all of Ukraine": ("UA", 30),
    "France": ("FR", 25),
    "Russia": ("RU", 200),
    "Chukotka": ("RU-CHU", 60),
    "United States": ("US", 150),
    "Horn of Africa": ("SO-SH SO-SD ET-TI ET-SO SD-DN SS-UY DJ", 50),
}


def map_of(codes: str) -> Map:
    return Map(
        tuple(
            Marked(name_of(code, "en"), TRENDS[n % 3], outlined([code]))
            for n, code in enumerate(codes.split())
        ),
        "en",
    )


def frame_of(shown: Map) -> Frame:
    return Frame.around(map(outline, region.outlines) for region in shown.regions)


def pixels_of(image: Image.Image, colour: str) -> int:
    counts = {pixel: count for count, pixel in image.getcolors(WIDTH * 600) or ()}
    return counts.get(ImageColor.getrgb(colour), 0)


@pytest.mark.parametrize(("place", "codes", "widest"), [(p, *c) for p, c in PLACES.items()])
def test_a_map_of_any_place_shows_it_whole_and_not_much_else(
    tmp_path: Path, place: str, codes: str, widest: float
) -> None:
    wanted = map_of(codes)

    png = draw(wanted)

    (tmp_path / f"{place}.png").write_bytes(png)
    image = Image.open(BytesIO(png)).convert("RGB")
    assert all(region.outlines for region in wanted.regions)
    for trend in {region.trend for region in wanted.regions}:
        assert pixels_of(image, LIGHT.trends[Trend(trend)].area) > 100
    assert WIDTH / frame_of(wanted).across < widest
    assert len(png) < 40_000


def test_what_the_date_line_cuts_is_drawn_side_by_side() -> None:
    frame = frame_of(map_of("FJ"))

    # Rotuma lies far to the north.
    codes = [code for code in outlined(["FJ"]) if code != "FJ-R"]
    places = [frame.place(outline(code).label) for code in codes]
    assert all(0 <= x <= WIDTH and 0 <= y <= LAND_HEIGHT for x, y in places)
    assert frame.place((179.9, -17))[0] < frame.place((-179.9, -17))[0]


def test_a_far_island_counts_where_it_is_what_was_chosen() -> None:
    svalbard = frame_of(map_of("NO-21"))
    both = frame_of(map_of("NO-21 NO-03"))
    france = frame_of(map_of("FR"))

    assert svalbard.box.south > 70
    assert (both.box.north > 80, both.box.south < 60) == (True, True)
    assert france.box.west > -20


def test_a_name_has_the_room_that_its_land_has_where_it_stands() -> None:
    outer = [(10.0, 0.0), (90.0, 0.0), (90.0, 100.0), (10.0, 100.0), (10.0, 0.0)]
    hole = [(40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0), (40.0, 40.0)]
    beyond_the_picture = [(x - 50, y) for x, y in outer]

    assert reach([outer, hole], (50, 20)) == (10, 90)
    assert reach([outer, hole], (70, 50)) == (60, 90)
    assert reach([beyond_the_picture], (20, 20)) == (0, 40)
