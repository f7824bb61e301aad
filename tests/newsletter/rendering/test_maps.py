from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from PIL import Image, ImageColor, ImageDraw

from newsletter.models import Trend
from newsletter.rendering.map_frame import LAND_HEIGHT, WIDTH, Frame
from newsletter.rendering.map_labels import Labels
from newsletter.rendering.map_themes import DARK, LIGHT, Theme
from newsletter.rendering.maps import LEGEND_HEIGHT, Map, Marked, draw, part_of
from newsletter.rendering.outlines import in_country, outline, outlined
from tests.newsletter.rendering.maps import KAYES, ONE, SIX

MALI = outlined(["ML"])
HEIGHT = LAND_HEIGHT + LEGEND_HEIGHT
KITA = Marked("Kita", "increased", ())
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@cache
def picture(wanted: Map) -> Image.Image:
    return Image.open(BytesIO(draw(wanted))).convert("RGB")


def pixels_of(image: Image.Image, colour: str) -> int:
    counts = {pixel: count for count, pixel in image.getcolors(WIDTH * HEIGHT) or ()}
    return counts.get(ImageColor.getrgb(colour), 0)


def colour_at(image: Image.Image, wanted: Map, longitude: float, latitude: float) -> str:
    shown = (map(outline, region.outlines) for region in wanted.regions)
    x, y = Frame.around(shown).place((longitude, latitude))
    found = image.getpixel((round(x), round(y)))
    assert isinstance(found, tuple)
    return "#{:02x}{:02x}{:02x}".format(*found)


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 reckons it."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [value / 255 for value in ImageColor.getrgb(colour)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def labels_on(theme: Theme) -> Labels:
    canvas = ImageDraw.Draw(Image.new("RGB", (WIDTH, HEIGHT)))
    return Labels(canvas, 1, theme, (WIDTH, HEIGHT))


def test_a_map_is_a_light_png_of_its_announced_size() -> None:
    for dark in (False, True):
        png = draw(replace(SIX, dark=dark))
        image = Image.open(BytesIO(png))

        assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
        assert len(png) <= 24 * 1024


def test_the_same_map_is_the_same_bytes() -> None:
    assert draw(ONE) == draw(ONE)


@THEMES
@pytest.mark.parametrize(
    ("place", "trend"),
    [
        ((-11.0, 14.6), Trend.DECREASED),
        ((-7.3, 13.2), Trend.INCREASED),
        ((-4.9, 22.5), Trend.INCREASED),
    ],
    ids=["Kayes", "Koulikoro", "Taoudenni"],
)
def test_each_region_has_the_colour_of_its_trend(
    theme: Theme, place: tuple[float, float], trend: Trend
) -> None:
    wanted = replace(SIX, dark=theme is DARK)

    assert colour_at(picture(wanted), wanted, *place) == theme.trends[trend].area


@THEMES
def test_what_the_reader_did_not_choose_is_quiet(theme: Theme) -> None:
    wanted = replace(SIX, dark=theme is DARK)
    image = picture(wanted)

    assert colour_at(image, wanted, 1.0, 20.3) == theme.home  # Kidal
    assert colour_at(image, wanted, -11.0, 19.5) == theme.land  # Mauritania


@pytest.mark.parametrize("trend", Trend)
def test_only_the_trends_of_the_map_are_on_it(trend: Trend) -> None:
    image = picture(Map((Marked("Kayes", trend, ("ML-1",)),), "en"))

    shown = {t for t in Trend if pixels_of(image, LIGHT.trends[t].badge)}
    assert shown == {trend}


def test_all_trends_keep_their_colours_side_by_side() -> None:
    codes = ("ML-1", "ML-2", "ML-3", "ML-6")
    regions = [Marked(c, t, (c,)) for c, t in zip(codes, Trend, strict=True)]

    for theme, dark in ((LIGHT, False), (DARK, True)):
        image = picture(Map(tuple(regions), "en", dark))
        assert all(pixels_of(image, colours.area) > 500 for colours in theme.trends.values())


def test_a_region_stands_out_on_the_country_it_lies_in() -> None:
    country = Marked("Mali", "unchanged", MALI)
    for regions in ((country, KAYES), (KAYES, country)):
        wanted = Map(regions, "en")
        image = picture(wanted)

        assert colour_at(image, wanted, -11.0, 14.6) == LIGHT.trends[Trend.DECREASED].area
        assert colour_at(image, wanted, 1.0, 20.3) == LIGHT.trends[Trend.UNCHANGED].area


def test_a_region_inside_another_keeps_its_own_colour() -> None:
    wanted = Map((Marked("Koulikoro", "increased", ("ML-2",)),), "en")

    image = picture(wanted)

    assert colour_at(image, wanted, -8.0, 12.62) == LIGHT.home  # Bamako
    # Kayes lies between the north-western corner of Koulikoro and Bamako.
    assert colour_at(image, wanted, -8.95, 14.95) == LIGHT.home


def test_a_single_region_is_shown_with_what_lies_around_it() -> None:
    image = picture(ONE)

    assert pixels_of(image, LIGHT.land) > WIDTH * HEIGHT / 5
    assert pixels_of(image, LIGHT.trends[Trend.DECREASED].area) > WIDTH * HEIGHT / 10


@THEMES
def test_everything_written_can_be_read(theme: Theme) -> None:
    grounds = [theme.land, theme.home, theme.water, theme.sheet]
    pairs = [(theme.quiet, ground) for ground in grounds]
    pairs += [(t.letters, t.badge) for t in theme.trends.values()]
    pairs += [(t.badge, theme.sheet) for t in theme.trends.values()]

    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


@THEMES
def test_a_badge_stands_out_on_its_region_and_the_region_on_the_land(theme: Theme) -> None:
    for colours in theme.trends.values():
        assert contrast(colours.badge, colours.area) > 2.5
        assert colours.area not in (theme.land, theme.home, theme.water)


def test_no_badge_covers_another() -> None:
    labels = labels_on(LIGHT)

    labels.badges([(f"Region {n}", Trend.INCREASED, (300.0, 250.0)) for n in range(12)])

    for one, other in combinations(labels._taken, 2):
        assert one[0] >= other[2] or one[2] <= other[0] or one[1] >= other[3] or one[3] <= other[1]


@pytest.mark.parametrize("name", ["A rather long name", "A name of eighty letters, " * 4])
def test_a_badge_at_the_edge_is_moved_into_the_picture(name: str) -> None:
    labels = labels_on(LIGHT)

    labels.badges([(name, Trend.INCREASED, (595.0, 2.0))])

    left, top, right, bottom = labels._taken[0]
    assert left >= 0
    assert top >= 0
    assert right <= WIDTH
    assert bottom <= HEIGHT


def test_a_region_without_an_outline_is_a_tile_below_the_map() -> None:
    whole, below = picture(ONE), picture(replace(ONE, regions=(KAYES, KITA)))

    decreased = LIGHT.trends[Trend.DECREASED].area
    assert pixels_of(below, decreased) == pixels_of(whole, decreased) > 0
    strip = below.crop((0, HEIGHT, WIDTH, below.height))
    assert pixels_of(strip, LIGHT.trends[Trend.INCREASED].badge) > 500


def test_where_no_region_has_an_outline_tiles_stand_for_the_map() -> None:
    tiles = picture(replace(ONE, regions=(KITA,)))

    assert tiles.height < LAND_HEIGHT / 3
    assert pixels_of(tiles, LIGHT.trends[Trend.INCREASED].badge) > 500
    assert pixels_of(tiles, LIGHT.land) == 0


def test_many_tiles_take_several_rows_and_none_is_cut() -> None:
    few, many = (
        picture(
            replace(ONE, regions=tuple(replace(KITA, name=f"Kita {n:02}") for n in range(count)))
        )
        for count in (2, 20)
    )

    assert many.height > few.height + 100
    right_edge = many.crop((WIDTH - 1, 0, WIDTH, many.height))
    bands: Any = right_edge.getextrema()
    assert all(low >= 250 for low, _high in bands)
    badge = LIGHT.trends[Trend.INCREASED].badge
    assert pixels_of(many, badge) > 8 * pixels_of(few, badge)


def test_the_words_are_in_the_language_of_the_map() -> None:
    assert picture(replace(ONE, language="fr")) != picture(ONE)


@pytest.mark.parametrize(("language", "starts_left"), [("en", True), ("ar", False)])
def test_a_legend_begins_on_the_side_that_lines_begin_at(language: str, starts_left: bool) -> None:
    image = picture(replace(ONE, language=language))
    left, right = (
        pixels_of(
            image.crop((start, LAND_HEIGHT, start + WIDTH // 2, HEIGHT)),
            LIGHT.trends[Trend.DECREASED].badge,
        )
        for start in (0, WIDTH // 2)
    )

    assert (left > right) == starts_left


@pytest.mark.parametrize(
    ("region", "error"),
    [
        (Marked("Kayes", "better", ("ML-1",)), ValueError),
        (Marked("X", "increased", ("X",)), KeyError),
    ],
)
def test_what_does_not_exist_is_not_drawn(region: Marked, error: type[Exception]) -> None:
    with pytest.raises(error):
        draw(Map((region,), "en"))


def test_every_region_that_has_an_outline_can_be_drawn_on_one_map() -> None:
    around = ("ML", "SN", "GN", "MR", "CI", "NE", "BF")
    codes = [code for country in around for code in in_country(country) if code != country]
    regions = tuple(Marked(outline(code).name("en"), "increased", (code,)) for code in codes)

    assert pixels_of(picture(Map(regions, "en")), LIGHT.trends[Trend.INCREASED].area) > 10_000


def test_a_part_of_a_map_is_a_region_that_got_worse() -> None:
    part = part_of(SIX)

    assert [region.name for region in part.regions] == ["Koulikoro"]
    assert part.has_more


def test_a_part_of_a_map_is_drawn_if_any_region_can_be() -> None:
    tile = Marked("Kita", "increased", ())

    assert part_of(Map((tile, KAYES), "en")).regions == (KAYES,)


def test_a_map_that_shows_a_part_says_so() -> None:
    part = part_of(SIX)

    assert draw(part) != draw(replace(part, has_more=False))
