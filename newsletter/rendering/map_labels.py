"""What is written on a map: each name where it covers no other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from newsletter.models import Trend
from newsletter.rendering.map_glyphs import as_drawn
from newsletter.rendering.map_themes import Theme
from newsletter.rendering.outlines import FOLDER, Point
from subscribers.directions import Direction, active_direction

BOLD = "DejaVuSansCondensed-Bold.ttf"
PLAIN = "DejaVuSansCondensed.ttf"

#: In pixels of CSS at full width; a phone shows them at half that.
BADGE_SIZE = 22
QUIET_SIZE = 18
COUNTRY_SIZE = 19
LEGEND_SIZE = 22
NOTE_SIZE = 17

#: Where there are more, badges are smaller.
FEW_BADGES = 8
SMALL_BADGE_SIZE = 19

#: Where a badge goes when its place is taken, the nearest first: so many of its own widths to
#: the right, and heights lower.
_NEARBY = sorted(
    ((x / 4, y * 0.6) for x in range(-6, 7) for y in range(-9, 10)),
    key=lambda away: ((4 * away[0]) ** 2 + away[1] ** 2, away),
)
#: A country's roomiest place is looked for on a grid that is coarser by this, across and
#: down: names are wide.
_ACROSS, _DOWN = 16, 5
#: So often its edges must come off before nothing is left, or there is no room for a name.
_ROOM = 2

Box = tuple[float, float, float, float]


class Labels:
    """Writes on `canvas`, whose pixels are `scale` times finer than those of CSS.

    In the direction of the language that is active: legends begin on its side.

    `size` is the part that names may stand in. Positions are in pixels of CSS.
    """

    def __init__(
        self, canvas: ImageDraw.ImageDraw, scale: int, theme: Theme, size: tuple[int, int]
    ) -> None:
        self._canvas = canvas
        self._scale = scale
        self._theme = theme
        self._size = size
        self._taken: list[Box] = []

    def badges(self, entries: Sequence[tuple[str, Trend, Point]]) -> None:
        """Each text on a badge in the colours of its trend, at its point or the nearest free one.

        Badges that had to move are tied to their points.
        """
        size = BADGE_SIZE if len(entries) <= FEW_BADGES else SMALL_BADGE_SIZE
        placed = [(*entry, self._place_badge(entry[0], size, entry[2])) for entry in entries]
        for _text, trend, point, box in placed:
            self._tie(box, point, self._theme.trends[trend].badge)
        for text, trend, _point, box in placed:
            self.badge(text, size, box, trend)

    def badge_size(self, text: str, size: int) -> tuple[float, float]:
        """How wide and how high a badge is that has as much of `text` as there is room for."""
        return self._width(self._fitting(text, size), BOLD, size) + 16, size * 1.36

    def _place_badge(self, text: str, size: int, at: Point) -> Box:
        width, height = self.badge_size(text, size)
        places = ((at[0] + width * x, at[1] + height * y) for x, y in _NEARBY)
        tried = (self._kept_inside(_around(*place, width, height)) for place in places)
        first = next(tried)
        box = next((box for box in chain([first], tried) if self._is_free(box)), first)
        self._taken.append(box)
        return box

    def _tie(self, box: Box, point: Point, colour: str) -> None:
        left, top, right, bottom = box
        if left <= point[0] <= right and top <= point[1] <= bottom:
            return
        middle = _middle(box)
        line = [value * self._scale for value in (*middle, *point)]
        self._canvas.line(line, fill=colour, width=2 * self._scale)
        self._canvas.ellipse(self._scaled(_around(*point, 8, 8)), fill=colour)

    def badge(self, text: str, size: int, box: Box, trend: Trend) -> None:
        """A badge in `box`, in the colours of `trend`, with as much of `text` as fits."""
        colours = self._theme.trends[trend]
        radius = size * 0.42 * self._scale
        outer = self._scaled(_grown(box, 1.5))
        self._canvas.rounded_rectangle(outer, radius=radius * 1.1, fill=self._theme.edge)
        self._canvas.rounded_rectangle(self._scaled(box), radius=radius, fill=colours.badge)
        self._write(self._fitting(text, size), _middle(box), BOLD, size, colours.letters)

    def quiet(self, text: str, at: Point, *, room: float) -> None:
        """`text` at `at`, if that is free and `room` is wide enough for the text."""
        width = self._width(text, PLAIN, QUIET_SIZE)
        box = _around(*at, width, QUIET_SIZE)
        if width <= room and self._is_free(box) and box == self._kept_inside(box):
            self._taken.append(box)
            self._write(text, at, PLAIN, QUIET_SIZE, self._theme.quiet)

    def country(self, text: str, shapes: Sequence[Sequence[Point]]) -> None:
        """`text` where the country made of `shapes` has most room, if that is enough."""
        found = self._roomiest(shapes)
        if found is None:
            return
        text = text.upper()
        width = self._width(text, PLAIN, COUNTRY_SIZE)
        box = self._kept_inside(_around(*found, width, COUNTRY_SIZE))
        if self._is_free(box):
            self._taken.append(box)
            self._write(text, _middle(box), PLAIN, COUNTRY_SIZE, self._theme.quiet)

    def legend(self, entries: Sequence[tuple[Trend, str]], note: str, *, middle: float) -> None:
        """Each trend with its sign and word, then a note at the end, or above if it is full."""
        room = self._size[0] - 24
        whole = sum(self._width(text, BOLD, LEGEND_SIZE) + 22 for _trend, text in entries)
        size = int(LEGEND_SIZE * min(1, room / whole))
        left = 12.0
        for trend, text in entries:
            width = self._width(text, BOLD, size)
            colour = self._theme.trends[trend].badge
            self._write(text, (self.across(left + width / 2), middle), BOLD, size, colour)
            left += width + 22 * size / LEGEND_SIZE
        width = self._width(note, PLAIN, NOTE_SIZE)
        fits = left + width + 12 < self._size[0]
        self.note(
            note,
            left=self._size[0] - 12 - width,
            middle=middle if fits else self._size[1] - NOTE_SIZE,
        )

    def note(self, text: str, *, left: float, middle: float) -> None:
        """`text`, small, so far from where lines begin."""
        width = self._width(text, PLAIN, NOTE_SIZE)
        at = (self.across(left + width / 2), middle)
        self._taken.append(_around(*at, width, NOTE_SIZE))
        self._write(text, at, PLAIN, NOTE_SIZE, self._theme.quiet)

    def across(self, along: float) -> float:
        """Where that is which lies so far from the side that lines begin at."""
        is_turned = active_direction() == Direction.RTL
        return self._size[0] - along if is_turned else along

    def _roomiest(self, shapes: Sequence[Sequence[Point]]) -> Point | None:
        """The point of `shapes` farthest from their border and from what is taken."""
        width, height = self._size[0] // _ACROSS, self._size[1] // _DOWN
        mask = Image.new("L", (width + 2, height + 2), 0)
        canvas = ImageDraw.Draw(mask)
        for shape in shapes:
            canvas.polygon([(x / _ACROSS + 1, y / _DOWN + 1) for x, y in shape], fill=255)
        for box in self._taken:
            left, top, right, bottom = _grown(box, 4)
            corners = (left / _ACROSS + 1, top / _DOWN + 1, right / _ACROSS + 1, bottom / _DOWN + 1)
            canvas.rectangle(corners, fill=0)
        frame = Image.new("L", mask.size, 0)
        frame.paste(255, (1, 1, width + 1, height + 1))
        return _innermost(ImageChops.multiply(mask, frame))

    def _fitting(self, text: str, size: int) -> str:
        """`text` for a badge, cut at its end if the picture is not wide enough for it."""
        room = self._size[0] - 40
        if self._width(text, BOLD, size) <= room:
            return text
        cut = (f"{text[:length].rstrip()}…" for length in range(len(text), 0, -1))
        return next(shorter for shorter in cut if self._width(shorter, BOLD, size) <= room)

    def _width(self, text: str, font: str, size: float) -> float:
        drawn = as_drawn(text, active_direction())
        return _font(font, round(size * self._scale)).getlength(drawn) / self._scale

    def _write(self, text: str, at: Point, font: str, size: float, colour: str) -> None:
        x, y = (value * self._scale for value in at)
        made = _font(font, round(size * self._scale))
        drawn = as_drawn(text, active_direction())
        self._canvas.text((x, y), drawn, font=made, fill=colour, anchor="mm")

    def _is_free(self, box: Box) -> bool:
        left, top, right, bottom = _grown(box, 3)
        return not any(
            left < taken[2] and right > taken[0] and top < taken[3] and bottom > taken[1]
            for taken in self._taken
        )

    def _kept_inside(self, box: Box) -> Box:
        """`box` moved as far as it takes to be wholly in the picture."""
        left, top, right, bottom = box
        width, height = self._size
        across = max(6 - left, 0) or min(width - 6 - right, 0)
        down = max(6 - top, 0) or min(height - 6 - bottom, 0)
        return left + across, top + down, right + across, bottom + down

    def _scaled(self, box: Box) -> Box:
        left, top, right, bottom = (value * self._scale for value in box)
        return left, top, right, bottom


def _innermost(mask: Image.Image) -> Point | None:
    """What is left of `mask` last when its edges are taken off again and again."""
    peels = 0
    while (smaller := mask.filter(ImageFilter.MinFilter(3))).getbbox():
        mask, peels = smaller, peels + 1
    if peels < _ROOM:
        return None
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    x, y = next(
        (x, y) for y in range(top, bottom) for x in range(left, right) if mask.getpixel((x, y))
    )
    return (x - 0.5) * _ACROSS, (y - 0.5) * _DOWN


def _around(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _grown(box: Box, by: float) -> Box:
    left, top, right, bottom = box
    return left - by, top - by, right + by, bottom + by


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is in every build of Pillow, so that all draw the same.
    return ImageFont.truetype(FOLDER.parent / name, size, layout_engine=ImageFont.Layout.BASIC)
