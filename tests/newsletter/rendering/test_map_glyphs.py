"""Labels of maps: forms and order of letters, from left to right."""

from __future__ import annotations

import pytest
from PIL import ImageFont

from newsletter.rendering.map_glyphs import as_drawn
from newsletter.rendering.map_labels import BOLD, PLAIN
from newsletter.rendering.outlines import FOLDER
from subscribers.directions import Direction, held_together

LTR, RTL = Direction.LTR, Direction.RTL
#: The letters of Arabic, in their order.
ALPHABET = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@pytest.mark.parametrize("text", ["Kayes", "Savanes (Côte d’Ivoire)", "▲ Increased", "3 – 4"])
def test_what_runs_right_is_as_it_is_among_its_own(text: str) -> None:
    assert as_drawn(text, LTR) == text


def test_arabic_letters_join_and_run_left() -> None:
    # Seen from the left: waw final, ghain medial, yeh medial, seen initial.
    assert as_drawn("سيغو", RTL) == "\ufeee\ufed0\ufef4\ufeb3"


def test_letters_that_join_backwards_only_begin_anew_after_them() -> None:
    assert as_drawn("دار", RTL) == "\ufead\ufe8d\ufea9"


def test_lam_and_alef_are_one() -> None:
    assert as_drawn("سلام", RTL) == "\ufee1\ufefc\ufeb3"


def test_vowel_marks_are_left_out_and_accents_stay() -> None:
    assert as_drawn("تغيّر", RTL) == as_drawn("تغير", RTL)
    assert as_drawn("Se\u0301gou", LTR) == "Se\u0301gou"


@pytest.mark.parametrize(
    ("text", "direction", "seen"),
    [
        (f"▲ {held_together('Kayes')}", RTL, "Kayes ▲"),
        (f"▲ {held_together('Kayes')}", LTR, "▲ Kayes"),
        (f"▲ {held_together('Savanes (Togo)')}", RTL, "Savanes (Togo) ▲"),
        (f"▲ {held_together('دار')}", LTR, "▲ \ufead\ufe8d\ufea9"),
        (f"▲ {held_together('دار')}", RTL, "\ufead\ufe8d\ufea9 ▲"),
        ("دار (12)", RTL, "(12) \ufead\ufe8d\ufea9"),
        ("دار 12", RTL, "12 \ufead\ufe8d\ufea9"),
    ],
)
def test_signs_numbers_and_names_stand_where_a_reader_looks_for_them(
    text: str, direction: Direction, seen: str
) -> None:
    assert as_drawn(text, direction) == seen


def test_a_name_may_be_cut_at_its_end() -> None:
    cut = held_together("Savanes").removesuffix("\u2069")[:-3] + "…"

    assert as_drawn(f"▲ {cut}", RTL) == "Sava… ▲"


@pytest.mark.parametrize("name", [BOLD, PLAIN])
def test_the_font_has_every_form_of_every_letter(name: str) -> None:
    font = ImageFont.truetype(FOLDER.parent / name, 20, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\uffff"))
    forms = {
        form
        for letter in ALPHABET + "ةىءؤئأإآگپچژکی"
        for word in (letter, f"ب{letter}", f"{letter}ب", f"ب{letter}ب")
        for form in as_drawn(word, RTL)
    }

    assert [form for form in forms if bytes(font.getmask(form)) == missing] == []
