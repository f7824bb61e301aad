from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from newsletter.media import decoding
from newsletter.media.decoding import Refused, redraw
from newsletter.media.reencoding import CleanPicture
from newsletter.models import PictureKind
from tests.newsletter.pictures import BLUE, GREEN, RED, announced, encoded, picture, without_palette

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ORIENTATION = 0x0112


def reencode(raw: bytes) -> CleanPicture:
    content, kind, width, height, _darkest = redraw(raw)
    return CleanPicture(content, PictureKind(kind), width, height)


def opened(clean: CleanPicture) -> Image.Image:
    return Image.open(BytesIO(clean.content))


def near(colour: object, other: tuple[int, ...]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(a - b) < 16 for a, b in zip(colour[:3], other, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_pictures_of_the_web_are_taken_and_look_the_same(kind: str) -> None:
    clean = reencode(picture((80, 40), kind))

    image = opened(clean).convert("RGB")
    assert image.size == (clean.width, clean.height) == (80, 40)
    assert near(image.getpixel((10, 10)), RED)
    assert near(image.getpixel((70, 35)), BLUE)


def test_the_kind_is_what_the_file_is() -> None:
    for raw in (picture((900, 600)), encoded(Image.effect_noise((300, 300), 80), "PNG")):
        clean = reencode(raw)
        assert opened(clean).format == clean.kind.label


def test_a_drawing_stays_sharp_and_a_photograph_light() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((400, 400), 60) for _ in range(3)])

    assert reencode(picture((400, 400))).kind == "png"
    assert reencode(encoded(noise)).kind == "jpg"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")],
)
def test_every_way_to_store_pixels_is_read(mode: str, kind: str) -> None:
    image = Image.new("L", (20, 20), 200) if mode == "I;16" else Image.new("RGB", (20, 20), GREEN)

    assert reencode(encoded(image.convert(mode), kind)).width == 20


def test_what_is_transparent_becomes_white() -> None:
    clean = reencode(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))

    assert opened(clean).convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    first, second = Image.new("RGB", (20, 20), RED), Image.new("RGB", (20, 20), BLUE)

    for kind in ("GIF", "PNG", "WEBP"):
        clean = reencode(encoded(first, kind, save_all=True, append_images=[second]))
        image = opened(clean)
        assert getattr(image, "n_frames", 1) == 1
        assert near(image.convert("RGB").getpixel((10, 10)), RED)


def test_a_large_picture_is_made_smaller_in_proportion() -> None:
    clean = reencode(picture((3000, 1500)))

    assert (clean.width, clean.height) == (1200, 600)


def test_a_small_picture_is_not_made_larger() -> None:
    assert reencode(picture((3, 2))).width == 3


def test_a_picture_is_turned_upright_as_its_camera_says() -> None:
    image = Image.open(BytesIO(picture((80, 40), "JPEG")))
    exif = Image.Exif()
    exif[ORIENTATION] = 6

    clean = reencode(encoded(image, "JPEG", exif=exif))

    assert (clean.width, clean.height) == (40, 80)
    assert near(opened(clean).convert("RGB").getpixel((5, 75)), BLUE)


def test_a_large_picture_on_its_side_is_turned_and_made_smaller() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = Image.open(BytesIO(picture((3000, 1500), "JPEG")))

    clean = reencode(encoded(image, "JPEG", exif=exif))

    assert (clean.width, clean.height) == (1200, 2400)


def test_a_large_drawing_of_few_colours_is_made_smaller_smoothly() -> None:
    lines = Image.effect_noise((2400, 300), 200).convert("1")

    colours = opened(reencode(encoded(lines))).convert("L").getcolors(256)

    assert colours
    assert len(colours) > 2


def test_nothing_that_a_file_says_beside_its_pixels_comes_through() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET place"
    for kind in ("JPEG", "PNG", "WEBP"):
        raw = encoded(Image.open(BytesIO(picture())), kind, exif=exif) + b"SECRET <?php SECRET ?>"
        assert raw.count(b"SECRET") > 1

        assert b"SECRET" not in reencode(raw).content


def test_a_page_that_passes_for_a_picture_loses_its_script() -> None:
    raw = picture(kind="GIF", comment=b"<script>alert(1)</script>")
    assert b"<script>" in raw

    assert b"<script>" not in reencode(raw).content


@pytest.mark.parametrize(
    "raw",
    [b"", b"x", SVG, b"%PDF-1.7", b"PK\x03\x04", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"<html>"],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"unknown|damaged"):
        reencode(raw)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "TGA", "EPS"])
def test_other_kinds_of_pictures_are_refused(kind: str) -> None:
    with pytest.raises(Refused, match="unknown"):
        reencode(picture((32, 32), kind))


@pytest.mark.parametrize(
    "size", [(65_000, 65_000), (65_000, 1_000), (8_000, 8_000), (2_000_000_000, 1)]
)
def test_a_picture_that_would_fill_the_memory_is_refused_undecoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(_image: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decode)

    with pytest.raises(Refused, match="pixels"):
        reencode(announced(*size))


def test_a_webp_may_have_fewer_pixels_for_it_takes_more_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoding, "MOST_OF_WEBP", 799)

    assert redraw(picture((40, 20), "PNG"))
    with pytest.raises(Refused, match="pixels"):
        redraw(picture((40, 20), "WEBP"))


def test_a_png_that_lacks_its_colours_is_refused() -> None:
    with pytest.raises(Refused, match="damaged"):
        redraw(without_palette())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_that_ends_too_soon_is_refused(kind: str) -> None:
    noise = encoded(Image.effect_noise((200, 200), 80).convert("RGB"), kind)

    with pytest.raises(Refused):
        reencode(noise[: len(noise) // 2])


@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_a_damaged_file_is_a_picture_or_refused(kind: str, damages: list[tuple[int, int]]) -> None:
    raw = bytearray(picture((30, 30), kind))
    for place, value in damages:
        raw[place % len(raw)] = value

    with suppress(Refused):
        clean = reencode(bytes(raw))
        assert opened(clean).size == (clean.width, clean.height)
