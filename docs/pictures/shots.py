"""Pictures of pages, small enough for a repository."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FOLDER = Path(__file__).parent
#: As many as a page has, but for the edges of its letters.
COLOURS = 128


def take(page: Page, name: str) -> None:
    """Store what the window shows of `page`, from its top."""
    page.evaluate("scrollTo(0, 0)")
    shot = Image.open(io.BytesIO(page.screenshot()))
    few = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)
