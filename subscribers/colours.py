"""Colours on grounds: whether words in them can be read (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Iterable

#: What text of the usual size needs, level AA.
LEAST_CONTRAST = 4.5
HEX = r"^#[0-9a-f]{6}\Z"

#: What words in the accent stand on, in email and on pages; and what stands on the accent.
LIGHT_GROUNDS = ("#ffffff", "#fbfaf6", "#f2f0ea", "#eef3f4", "#eef2f0")
DARK_GROUNDS = ("#14161a", "#15181b", "#1d2025", "#1d2326", "#262b31", "#0d1b21")


def colour_of(typed: str) -> str:
    """`typed` as CSS writes it in six digits, “#0b4f6c”; empty if it is no such colour."""
    digits = typed.strip().lower().removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    return f"#{digits}" if re.fullmatch(r"[0-9a-f]{6}", digits) else ""


def contrast(one: str, other: str) -> float:
    """From 1, of a colour with itself, to 21, of black with white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, grounds: Iterable[str]) -> float:
    """On that of `grounds` where it is read worst."""
    return min(contrast(colour, ground) for ground in grounds)


def readable(colour: str, grounds: Iterable[str]) -> bool:
    return least_contrast(colour, grounds) >= LEAST_CONTRAST


def nearest_on_light(colour: str) -> str:
    """`colour` itself, or the lightest one of its hue below it that is read on light grounds."""
    return _moved(colour, lambda lightness: lightness - 0.005, LIGHT_GROUNDS)


def nearest_on_dark(colour: str) -> str:
    """`colour` itself, or the darkest one of its hue above it that is read on dark grounds."""
    return _moved(colour, lambda lightness: lightness + 0.005, DARK_GROUNDS)


def _moved(colour: str, step: Callable[[float], float], grounds: Iterable[str]) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    moved, grounds = colour, tuple(grounds)
    while not readable(moved, grounds):
        lightness = min(1.0, max(0.0, step(lightness)))
        moved = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return moved


def _luminance(colour: str) -> float:
    red, green, blue = map(_linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    linear: float = ((channel + 0.055) / 1.055) ** 2.4
    return channel / 12.92 if channel <= 0.04045 else linear


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
