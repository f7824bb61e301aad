"""The pixels of a file, drawn again. Run as a program, which may crash, fill up or never end.

It is started in an interpreter of its own, by :mod:`newsletter.media.reencoding`, and knows
nothing of this site but this file: it imports Pillow alone.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

#: Read by what is in the file; its name says nothing.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: Pixels of a picture that is taken up at all. A phone makes 50 million, and not in WebP, of
#: which the decoder holds several copies at once.
MOST_PIXELS, MOST_OF_WEBP = 60_000_000, 25_000_000
#: Pixels that are kept: twice the width of a mail, for sharp screens.
WIDEST, HIGHEST = 1200, 2400
JPEG_QUALITY = 82
#: Bytes of memory, and seconds of a processor.
MEMORY, PROCESSOR = 512 * 1024**2, 6

#: How pixels may be stored for them to be mixed when a picture is made smaller.
_SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK")


class Refused(Exception):
    """Why there is no picture, by a word that stands for a sentence, and what the limit is."""

    def __init__(self, why: str, limit: int = 0) -> None:
        super().__init__(why)
        self.why, self.limit = why, limit


class Redrawn(NamedTuple):
    content: bytes
    kind: str
    width: int
    height: int
    #: From 0 for black to 255 for white.
    darkest: int


def redraw(raw: bytes, box: tuple[int, int] = (WIDEST, HIGHEST)) -> Redrawn:
    """The picture in the file `raw`, no larger than `box`.

    It is upright, not too large, and without what else the file said. Of an animation its
    first frame. What is transparent becomes white, for a mail may be read on any ground.

    Raises:
        Refused: it is no such picture, or a damaged one, or too large.
    """
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as image:
            return _encoded(_flat(_sized(image, box)))
    except UnidentifiedImageError:
        raise Refused("unknown") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels", MOST_PIXELS) from None
    except MemoryError:
        raise Refused("effort") from None
    except Refused:
        raise
    except Exception:
        # Pillow raises whatever it comes upon in files that are damaged or made to harm.
        raise Refused("damaged") from None


def _sized(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """`image` upright and small enough, decoded only if it is not made to fill the memory."""
    most = MOST_OF_WEBP if image.format == "WEBP" else MOST_PIXELS
    if image.width * image.height > most:
        raise Refused("pixels", most)
    if image.mode not in _SMOOTH:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Smaller first, whichever side is up: turning a large picture would take memory for two.
    # A JPEG is not even decoded in full.
    image.draft(None, (HIGHEST, HIGHEST))
    image.thumbnail((HIGHEST, HIGHEST))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail(box)
    return upright


def _flat(image: Image.Image) -> Image.Image:
    """The pixels of `image` on white, and nothing else of it."""
    flat = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        solid = image.convert("RGBA")
        flat.paste(solid, mask=solid.getchannel("A"))
    else:
        flat.paste(image.convert("RGB"))
    return flat


def _encoded(image: Image.Image) -> Redrawn:
    """`image` in the smaller of both kinds: photographs as JPEG, drawings as PNG."""
    png, jpeg = BytesIO(), BytesIO()
    image.save(png, "PNG", optimize=True)
    image.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    kinds = {"png": png.getvalue(), "jpg": jpeg.getvalue()}
    kind = min(kinds, key=lambda kind: len(kinds[kind]))
    grey: Any = image.convert("L").getextrema()
    return Redrawn(kinds[kind], kind, image.width, image.height, int(grey[0]))


def _limit() -> None:
    """No more memory and time than a picture takes; and nothing is written, not even a core."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: PROCESSOR,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        # Not every system has every limit; the clock of our parent process goes everywhere.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Answer a file on the standard input with a line about the picture, and the picture."""
    _limit()
    try:
        box = tuple(map(int, sys.argv[1:])) or (WIDEST, HIGHEST)
        content, *said = redraw(sys.stdin.buffer.read(), (box[0], box[1]))
        about: dict[str, Any] = dict(zip(Redrawn._fields[1:], said, strict=True))
    except Refused as refused:
        content, about = b"", {"refused": refused.why, "limit": refused.limit}
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
