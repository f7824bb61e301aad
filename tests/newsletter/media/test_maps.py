from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from newsletter.media import maps
from newsletter.media.maps import DrawingTime, MapDrawer
from newsletter.rendering.maps import Map, Marked, draw, part_of
from tests.newsletter.rendering.maps import KAYES, ONE, SIX


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def one_of(code: str) -> Map:
    return Map((Marked(code, "increased", (code,)),), "en")


@pytest.fixture
def in_time() -> MapDrawer:
    return MapDrawer(DrawingTime(share=1, at_most=60))


@pytest.fixture
def out_of_time() -> MapDrawer:
    return MapDrawer(DrawingTime(share=0, at_most=0))


@pytest.fixture
def folder(settings: Settings) -> Path:
    found: Path = settings.MAPS_DIR
    return found


def test_a_map_is_drawn_once(in_time: MapDrawer, folder: Path) -> None:
    assert in_time.image(ONE).png == draw(ONE)
    (kept,) = folder.iterdir()
    kept.write_bytes(b"from the disk")

    assert in_time.image(ONE).png == b"from the disk"


def test_while_there_is_no_time_one_region_is_shown(out_of_time: MapDrawer) -> None:
    image = out_of_time.image(SIX)

    assert not image.is_whole
    assert image.png == draw(part_of(SIX))


def test_it_is_shown_whole_if_it_was_drawn_before(
    in_time: MapDrawer, out_of_time: MapDrawer
) -> None:
    whole = in_time.image(SIX)

    assert out_of_time.image(SIX) == whole
    assert whole.is_whole


def test_readers_of_different_regions_share_the_picture_of_one(
    out_of_time: MapDrawer, folder: Path
) -> None:
    others = replace(SIX, regions=SIX.regions[1:])

    assert out_of_time.image(SIX).png == out_of_time.image(others).png
    assert len(list(folder.iterdir())) == 1


def test_a_map_of_one_region_is_always_whole(out_of_time: MapDrawer) -> None:
    assert out_of_time.image(ONE).is_whole


def test_what_drawing_takes_is_used_up() -> None:
    time_left = DrawingTime(share=0, at_most=1e-9)
    drawer = MapDrawer(time_left)

    assert drawer.image(ONE).is_whole
    assert not time_left.is_left()


def test_a_share_of_the_time_that_passes_is_left_again() -> None:
    clock = Clock()
    time_left = DrawingTime(share=0.5, at_most=1, clock=clock)
    time_left.spend(3)
    assert not time_left.is_left()

    clock.now = 5

    assert time_left.is_left()


def test_no_more_time_is_saved_up_than_that() -> None:
    clock = Clock()
    time_left = DrawingTime(share=0.5, at_most=1, clock=clock)
    clock.now = 1_000_000
    assert time_left.is_left()

    time_left.spend(1)

    assert not time_left.is_left()


def test_what_is_kept_has_an_end_and_goes_if_nobody_asks_for_it(
    in_time: MapDrawer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(draw(KAYES_TWICE))
    monkeypatch.setattr(maps, "ROOM", size * 3)
    monkeypatch.setattr(maps, "CLEARED_AFTER", size)
    for code in ("ML-1", "ML-2", "ML-3", "ML-4", "ML-5", "ML-6"):
        in_time.image(one_of("ML-1"))
        in_time.image(one_of(code))

    assert sum(file.stat().st_size for file in folder.iterdir()) <= size * 3
    assert maps._file(one_of("ML-1")).exists()
    assert not maps._file(one_of("ML-2")).exists()


#: As large as those that a test draws, or larger.
KAYES_TWICE = Map((KAYES, replace(KAYES, name="Kayes, the region")), "en")
