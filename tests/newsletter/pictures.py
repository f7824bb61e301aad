"""Files for tests of pictures, good and bad."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

RED, GREEN, BLUE = (200, 20, 20), (20, 160, 40), (20, 40, 200)


def picture(
    size: tuple[int, int] = (40, 20), kind: str = "PNG", mode: str = "RGB", **options: Any
) -> bytes:
    """A red picture whose lower right quarter is blue."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, size[1] // 2, *size))
    return encoded(image.convert(mode), kind, **options)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def announced(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a few hundred bytes."""
    return _png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"\0" * 1000)


def without_palette() -> bytes:
    """A PNG whose pixels are numbers of colours, and which does not say the colours."""
    return _png(struct.pack(">IIBBBBB", 10, 10, 8, 3, 0, 0, 0), (b"\0" + b"\1" * 10) * 10)


def many_scans(number: int) -> bytes:
    """A JPEG of 9 million pixels that draws them `number` times over."""
    raw = encoded(Image.new("L", (3000, 3000), 128), "JPEG", progressive=True)
    last_scan = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + last_scan * number + b"\xff\xd9"


def _png(header: bytes, pixels: bytes) -> bytes:
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
