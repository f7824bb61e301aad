"""Whatever somebody uploads, re-encoded: only its pixels come through."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from newsletter.errors import ChooseAnotherPicture
from newsletter.models import PictureKind

#: Read by what is in the file; its name says nothing.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
#: Bytes of a file, and pixels of a picture, that are taken up at all. A phone makes 50 million.
LARGEST_FILE = 15 * 1024 * 1024
MOST_PIXELS = 60_000_000
#: Pixels that are kept: twice the width of a mail, for sharp screens.
WIDEST, HIGHEST = 1200, 2400
JPEG_QUALITY = 82

#: How pixels may be stored for them to be mixed when a picture is made smaller.
_SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK")
#: What Pillow raises over files that are damaged or made to harm.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError)


@dataclass(frozen=True)
class CleanPicture:
    content: bytes
    kind: PictureKind
    width: int
    height: int


def reencode(raw: bytes) -> CleanPicture:
    """The picture in the file `raw`: upright, without what else the file said, not too large.

    Of an animation its first frame. What is transparent becomes white, for a mail may be read
    on any ground.

    Raises:
        ChooseAnotherPicture: it is no such picture, or a damaged one, or too large.
    """
    if len(raw) > LARGEST_FILE:
        raise ChooseAnotherPicture(
            _("This file is larger than %(limit)d MB. Choose a smaller one.")
            % {"limit": LARGEST_FILE // 1024**2}
        )
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as image:
            return _encoded(_flat(_sized(image)))
    except UnidentifiedImageError:
        raise ChooseAnotherPicture(
            _("This picture can’t be shown in email. Use JPEG, PNG, GIF or WebP.")
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (*_DAMAGED, struct.error, zlib.error):
        raise ChooseAnotherPicture(_("This picture is damaged. Save it again and retry.")) from None


def _sized(image: Image.Image) -> Image.Image:
    """`image` upright and small enough, decoded only if it is not made to fill the memory."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    if image.mode not in _SMOOTH:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # Smaller first, whichever side is up: turning a large picture would take memory for two.
    # A JPEG is not even decoded in full.
    image.draft(None, (HIGHEST, HIGHEST))
    image.thumbnail((HIGHEST, HIGHEST))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((WIDEST, HIGHEST))
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


def _encoded(image: Image.Image) -> CleanPicture:
    """`image` in the smaller of both kinds: photographs as JPEG, drawings as PNG."""
    png, jpeg = BytesIO(), BytesIO()
    image.save(png, "PNG", optimize=True)
    image.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    kinds = {PictureKind.PNG: png.getvalue(), PictureKind.JPEG: jpeg.getvalue()}
    kind = min(kinds, key=lambda kind: len(kinds[kind]))
    return CleanPicture(kinds[kind], kind, image.width, image.height)


def _too_many_pixels() -> ChooseAnotherPicture:
    return ChooseAnotherPicture(
        _("This picture has more than %(limit)d million pixels. Make it smaller and try again.")
        % {"limit": MOST_PIXELS // 1_000_000}
    )
