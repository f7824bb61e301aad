"""A strip of tiles: the regions of a map that no outline is known of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw

from newsletter.models import Trend
from newsletter.rendering.map_labels import BADGE_SIZE, Box, Labels
from newsletter.rendering.map_themes import Theme

#: Pixels of CSS: around the strip, between its tiles, and from one row to the next.
MARGIN, GAP, ROW = 12, 10, 40
#: Before the first row, where nothing is said above it.
TOP = 4


def draw_strip(
    entries: Sequence[tuple[str, Trend]], caption: str, theme: Theme, width: int, scale: int
) -> Image.Image:
    """`caption`, and below it a tile for each text, in as many rows as they take.

    The strip is `width` pixels of CSS wide, and drawn `scale` times finer.
    """
    most = (width, ROW * (len(entries) + 1) + MARGIN)
    image = Image.new("RGB", (width * scale, most[1] * scale), theme.sheet)
    labels = Labels(ImageDraw.Draw(image), scale, theme, most)
    if caption:
        labels.note(caption, left=MARGIN, middle=ROW / 2)
    bottom = 0.0
    for text, trend, box in _placed(entries, labels, width, top=ROW if caption else TOP):
        labels.badge(text, BADGE_SIZE, box, trend)
        bottom = box[3]
    return image.crop((0, 0, image.width, round(bottom + MARGIN) * scale))


def _placed(
    entries: Sequence[tuple[str, Trend]], labels: Labels, width: int, *, top: float
) -> Iterator[tuple[str, Trend, Box]]:
    """Each entry and where its tile stands: along the lines of the language, row below row."""
    left = float(MARGIN)
    for text, trend in entries:
        across, down = labels.badge_size(text, BADGE_SIZE)
        if left > MARGIN and left + across > width - MARGIN:
            left, top = float(MARGIN), top + ROW
        start = labels.across(left + across / 2) - across / 2
        yield text, trend, (start, top, start + across, top + down)
        left += across + GAP
