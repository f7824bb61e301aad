"""Which way text runs: at the level of code points."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from subscribers.directions import (
    FSI,
    LRI,
    PDI,
    RLI,
    Direction,
    direction_of,
    isolated,
    left_to_right,
    lines_in,
    whole_on_each_line,
    without_isolates,
)


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("en", "ltr"), ("fr", "ltr"), ("ar", "rtl"), ("ar-SD", "rtl"), ("ckb", "rtl"),
        ("az", "ltr"), ("az-Arab", "rtl"), ("ff-Adlm-ML", "rtl"), ("ar-Latn", "ltr"),
        ("zh_Hant", "ltr"),
    ],
)  # fmt: skip
def test_a_language_runs_as_its_script_does(language: str, direction: str) -> None:
    assert direction_of(language) == direction


@pytest.mark.parametrize(
    ("language", "text", "seen"),
    [
        ("ar", "Kayes", f"{FSI}Kayes{PDI}"),
        ("ar", "كايس", "كايس"),
        ("ar", "2023 – 14:05", "2023 – 14:05"),
        ("ar", f"{FSI}Kayes{PDI}، {FSI}Gao{PDI}", f"{FSI}Kayes{PDI}، {FSI}Gao{PDI}"),
        ("ar", f"{FSI}Kayes{PDI} and Gao", f"{FSI}{FSI}Kayes{PDI} and Gao{PDI}"),
        ("en", "Kayes", "Kayes"),
        ("en", "كايس", f"{FSI}كايس{PDI}"),
        ("fr", "גליל", f"{FSI}גליל{PDI}"),
    ],
)
def test_what_runs_against_the_language_is_held_together(
    language: str, text: str, seen: str
) -> None:
    with translation.override(language):
        assert isolated(text) == seen


def test_a_signed_number_keeps_its_sign_before_it() -> None:
    with translation.override("ar"):
        assert left_to_right("+19%") == f"{LRI}+19%{PDI}"
    with translation.override("en"):
        assert left_to_right("+19%") == "+19%"


def test_lines_in_another_direction_are_held_together_behind_their_indentation() -> None:
    with translation.override("ar"):
        assert lines_in("en", "One.\n\n  Two.") == f"{LRI}One.{PDI}\n\n  {LRI}Two.{PDI}"
        assert lines_in("ar", "واحد") == "واحد"
        assert lines_in("", "One.") == "One."
    with translation.override("en"):
        assert lines_in("fr", "Un.") == "Un."
        assert lines_in("ar", "واحد") == f"{RLI}واحد{PDI}"


def test_a_name_that_a_line_cuts_is_held_together_on_both() -> None:
    cut = f"في {FSI}Western\n  Mali{PDI} و{FSI}Gao{PDI}"

    assert whole_on_each_line(cut) == f"في {FSI}Western{PDI}\n  {FSI}Mali{PDI} و{FSI}Gao{PDI}"


@given(st.text("aب \n" + FSI + LRI + PDI))
def test_no_line_leaves_an_isolate_open_and_nothing_seen_is_lost(text: str) -> None:
    lines = whole_on_each_line(text).split("\n")

    assert all(open_at_the_end(line) == 0 for line in lines)
    assert without_isolates("\n".join(lines)) == without_isolates(text)


def open_at_the_end(line: str) -> int:
    depth = 0
    for character in line:
        depth = max(0, depth + (character in (FSI, LRI, RLI)) - (character == PDI))
    return depth


def test_each_direction_has_its_sides() -> None:
    assert (Direction.LTR.start, Direction.LTR.end) == ("left", "right")
    assert (Direction.RTL.start, Direction.RTL.end) == ("right", "left")
