from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.colours import (
    DARK_GROUNDS,
    LEAST_CONTRAST,
    LIGHT_GROUNDS,
    colour_of,
    contrast,
    least_contrast,
    nearest_on_dark,
    nearest_on_light,
)
from subscribers.models.faces import HOUSE_ACCENT, HOUSE_ACCENT_IN_THE_DARK

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def _hue(colour: str) -> float:
    return colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    # As WebAIM's contrast checker has them.
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0b4f6c", "#ffffff", 8.93)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("typed", "colour"),
    [("#0B4F6C", "#0b4f6c"), (" abc ", "#aabbcc"), ("teal", ""), ("#12345", ""), ("", "")],
)
def test_colours_are_read_however_they_are_typed(typed: str, colour: str) -> None:
    assert colour_of(typed) == colour


@given(COLOURS)
def test_the_nearest_colour_can_be_read_and_keeps_its_hue(colour: str) -> None:
    for nearest, grounds in ((nearest_on_light, LIGHT_GROUNDS), (nearest_on_dark, DARK_GROUNDS)):
        found = nearest(colour)

        assert least_contrast(found, grounds) >= LEAST_CONTRAST
        # No farther than it takes: at the edge of what can be read, unless it was beyond it.
        assert found == colour or least_contrast(found, grounds) < LEAST_CONTRAST + 0.5
        turned = abs(_hue(found) - _hue(colour))
        assert found == colour or min(turned, 1 - turned) < 0.1 or len(set(found[1:])) < 4


def test_the_colours_of_the_house_can_be_read() -> None:
    assert nearest_on_light(HOUSE_ACCENT) == HOUSE_ACCENT
    assert nearest_on_dark(HOUSE_ACCENT_IN_THE_DARK) == HOUSE_ACCENT_IN_THE_DARK
