"""A map of a reader's regions, with the trend of each as colour, sign and word.

The same map gives the same bytes on every machine: its font and its outlines come with the
service, but for outlines of staff, which a map names by what is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext
from PIL import Image, ImageDraw

from newsletter.models import Trend
from newsletter.rendering.map_frame import LAND_HEIGHT, WIDTH, Frame, reach
from newsletter.rendering.map_labels import Labels
from newsletter.rendering.map_themes import DARK, LIGHT, Colour, Theme
from newsletter.rendering.map_tiles import draw_strip
from newsletter.rendering.outlines import (
    Outline,
    Point,
    bare,
    countries_in,
    country_border,
    in_country,
    name_of,
    outline,
)
from newsletter.rendering.phrases import dotted
from subscribers.directions import held_together

#: Below the land, in pixels of CSS.
LEGEND_HEIGHT = 44
#: Pixels of the file for one of CSS, as sharp screens have them.
DENSITY = 1
#: Drawn larger by this and reduced, which makes edges smooth.
FINER = 2
#: So few that a picture stays light: half a byte tells sixteen apart.
COLOURS = 13
#: Mixtures smooth the edges.
FEWEST_MIXTURES = 3
_SCALE = DENSITY * FINER

SIGNS = {
    Trend.INCREASED: "▲",
    Trend.DECREASED: "▼",
    Trend.UNCHANGED: "■",
    Trend.NOT_ASSESSED: "–",
}


@dataclass(frozen=True)
class Marked:
    """A region with a trend, and the outlines it is made up of."""

    name: str
    #: A value of :class:`newsletter.models.Trend`.
    trend: str
    #: Where there are none, the region is a tile below the map.
    outlines: tuple[str, ...]


@dataclass(frozen=True)
class Map:
    """All that a picture shows."""

    regions: tuple[Marked, ...]
    language: str
    dark: bool = False
    #: Whether its reader has more regions than it shows.
    has_more: bool = False


def part_of(whole: Map) -> Map:
    """The map of that region alone which a reader of `whole` should see first.

    One that can be drawn, then one that got worse. `whole` itself where it is the only one.
    """
    if len(whole.regions) == 1:
        return whole
    urgency = list(SIGNS)
    first = min(whole.regions, key=lambda r: (not r.outlines, urgency.index(Trend(r.trend))))
    return replace(whole, regions=(first,), has_more=True)


def draw(wanted: Map) -> bytes:
    """`wanted` as a PNG, WIDTH pixels wide, DENSITY times finer.

    The land with its regions, a legend, and a strip of those without an outline; there is no
    land when none has one, and no strip when all have.

    Raises:
        KeyError: an outline it names does not exist.
        ValueError: a trend it names does not exist, or there is no region in it.
    """
    theme = DARK if wanted.dark else LIGHT
    # What is wide comes first: a region stands out on the country it lies in.
    regions = sorted(wanted.regions, key=lambda r: (-len(r.outlines), r.outlines, r.name))
    if not regions:
        raise ValueError("A map without a region shows nothing.")
    with translation.override(wanted.language):
        image = _land_and_legend(regions, theme, wanted)
        if bare := [region for region in regions if not region.outlines]:
            image = _below(image, _strip(bare, theme, is_all=len(bare) == len(regions)))
    return _as_png(image, theme)


def _land_and_legend(regions: Sequence[Marked], theme: Theme, wanted: Map) -> Image.Image:
    outlined = [region for region in regions if region.outlines]
    height = LAND_HEIGHT if outlined else 0
    image = Image.new("RGB", (WIDTH * _SCALE, (height + LEGEND_HEIGHT) * _SCALE), theme.water)
    canvas = ImageDraw.Draw(image)
    labels = Labels(canvas, _SCALE, theme, (WIDTH, height))
    if not outlined:
        _draw_legend(labels, canvas, theme, wanted, top=0)
        return image
    frame = Frame.around(map(outline, region.outlines) for region in outlined)
    _draw_land(canvas, frame, theme, _home(outlined))
    for region in outlined:
        _draw_region(canvas, frame, theme, region)
    _draw_legend(labels, canvas, theme, wanted, top=height)
    _write_names(labels, frame, outlined, wanted.language)
    return image


def _strip(bare: Iterable[Marked], theme: Theme, *, is_all: bool) -> Image.Image:
    entries = [(_signed(region), Trend(region.trend)) for region in bare]
    caption = "" if is_all else gettext("Not drawn on this map:")
    return draw_strip(entries, caption, theme, WIDTH, _SCALE)


def _signed(region: Marked) -> str:
    return f"{SIGNS[Trend(region.trend)]} {held_together(region.name)}"


def _below(upper: Image.Image, lower: Image.Image) -> Image.Image:
    both = Image.new("RGB", (upper.width, upper.height + lower.height))
    both.paste(upper, (0, 0))
    both.paste(lower, (0, upper.height))
    return both


def _home(regions: Iterable[Marked]) -> frozenset[str]:
    """The countries that the regions lie in."""
    return frozenset(outline(code).country for region in regions for code in region.outlines)


def _draw_land(
    canvas: ImageDraw.ImageDraw, frame: Frame, theme: Theme, home: frozenset[str]
) -> None:
    countries = countries_in(frame.box)
    for country in countries:
        for land in in_country(country).values():
            _fill(canvas, frame, land, theme.home if country in home else theme.land)
    for country in home.intersection(countries):
        for land in in_country(country).values():
            _draw_rings(canvas, frame, land, theme.division, width=1.2)
    for country in countries:
        width = 2 if country in home else 1
        for line in country_border(country):
            around = frame.shape(line, _SCALE)
            canvas.line(around, fill=theme.border, width=round(width * _SCALE))


def _draw_region(canvas: ImageDraw.ImageDraw, frame: Frame, theme: Theme, region: Marked) -> None:
    colours = theme.trends[Trend(region.trend)]
    shapes = [outline(code) for code in region.outlines]
    for land in shapes:
        _fill(canvas, frame, land, colours.area)
    for land in shapes:
        _draw_rings(canvas, frame, land, theme.edge, width=2.2)


def _fill(canvas: ImageDraw.ImageDraw, frame: Frame, land: Outline, colour: str) -> None:
    for around, *holes in land.pieces:
        if not holes:
            canvas.polygon(frame.shape(around, _SCALE), fill=colour)
            continue
        mask = Image.new("1", (WIDTH * _SCALE, LAND_HEIGHT * _SCALE))
        stencil = ImageDraw.Draw(mask)
        stencil.polygon(frame.shape(around, _SCALE), fill=1)
        for hole in holes:
            stencil.polygon(frame.shape(hole, _SCALE), fill=0)
        canvas.bitmap((0, 0), mask, fill=colour)


def _draw_rings(
    canvas: ImageDraw.ImageDraw, frame: Frame, land: Outline, colour: str, *, width: float
) -> None:
    for ring in land.rings:
        canvas.line(
            frame.shape(ring, _SCALE), fill=colour, width=round(width * _SCALE), joint="curve"
        )


def _write_names(labels: Labels, frame: Frame, regions: Sequence[Marked], language: str) -> None:
    """First what matters most: what comes later gives way to what stands there."""
    marked: set[str] = set()
    badges: list[tuple[str, Trend, Point]] = []
    # The narrowest first: what is wide has more places to stand in.
    for region in reversed(regions):
        free = [code for code in region.outlines if bare(code) not in marked]
        marked.update(map(bare, region.outlines))
        if free:
            trend = Trend(region.trend)
            at = frame.place(_label_point(free))
            badges.append((_signed(region), trend, at))
    labels.badges(badges)
    home = _home(regions)
    for country in sorted(home):
        for code, land in in_country(country).items():
            if code not in marked and code != country:
                rings = [frame.shape(ring, 1) for ring in land.rings]
                left, right = reach(rings, at := frame.place(land.label))
                middle = ((left + right) / 2, at[1])
                labels.quiet(land.name(language), middle, room=right - left)
    _write_countries(labels, frame, home, language)


def _write_countries(labels: Labels, frame: Frame, home: frozenset[str], language: str) -> None:
    for country in sorted(set(countries_in(frame.box)) - home):
        rings = [ring for land in in_country(country).values() for ring in land.rings]
        labels.country(name_of(country, language), [frame.shape(ring, 1) for ring in rings])


def _label_point(codes: Sequence[str]) -> Point:
    """Where the name of several outlines stands: at the one in their middle."""
    points = [outline(code).label for code in codes]
    middle = (sum(x for x, _y in points) / len(points), sum(y for _x, y in points) / len(points))
    return min(points, key=lambda p: (p[0] - middle[0]) ** 2 + (p[1] - middle[1]) ** 2)


def _draw_legend(
    labels: Labels, canvas: ImageDraw.ImageDraw, theme: Theme, wanted: Map, *, top: int
) -> None:
    bottom = top + LEGEND_HEIGHT
    canvas.rectangle((0, top * _SCALE, WIDTH * _SCALE, bottom * _SCALE), fill=theme.sheet)
    shown = {Trend(region.trend) for region in wanted.regions}
    entries = [(t, f"{SIGNS[t]} {capfirst(str(t.label))}") for t in Trend if t in shown]
    labels.legend(entries, dotted(*_notes(wanted)), middle=top + LEGEND_HEIGHT / 2)


def _notes(wanted: Map) -> Iterator[str]:
    if wanted.has_more:
        yield gettext("Your other regions are in the email")
    if any(outline(code).is_schematic for r in wanted.regions for code in r.outlines):
        yield gettext("Some borders are schematic")


def _as_png(image: Image.Image, theme: Theme) -> bytes:
    """`image` in its final size: the theme's colours as they are, and few mixtures of them."""
    small = image.reduce(FINER)
    pure, mixed = _by_frequency(small, theme)
    kept = pure + mixed[: max(COLOURS - len(pure), FEWEST_MIXTURES)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in kept for value in colour])
    file = BytesIO()
    small.quantize(palette=palette, dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


def _by_frequency(image: Image.Image, theme: Theme) -> tuple[list[Colour], list[Colour]]:
    """The colours of `image` that are the theme's, and the others; the most frequent first."""
    found: Any = image.getcolors(image.width * image.height)
    counts: dict[Colour, int] = {colour: number for number, colour in found}
    ordered = sorted(counts, key=lambda colour: (-counts[colour], colour))
    own = theme.colours()
    return [c for c in ordered if c in own], [c for c in ordered if c not in own]
