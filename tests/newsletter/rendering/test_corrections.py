"""A correction as the two parts of an email."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.utils import translation

from newsletter.editions.parsing import parse
from newsletter.rendering.corrections import CorrectedView
from newsletter.rendering.markdown import WIDTH
from newsletter.rendering.slots import Slot
from newsletter.rendering.view import EditionView
from subscribers.directions import without_isolates
from subscribers.models.texts import Words
from tests.newsletter.parts import changed
from tests.newsletter.rendering.views import EDITION
from tests.newsletter.rendering.whole import render_html, render_text

LANGUAGES = [code for code, _name in settings.LANGUAGES]
ON_TIMBUKTU = CorrectedView(
    section=2,
    title=Words("A town under siege"),
    code="",
    region="",
    region_names=("Timbuktu",),
    wrong=Words("49 to 154 people were killed."),
    right=Words("49 people were killed.\nThe army says 26."),
)
ON_GAO = CorrectedView(
    section=None,
    title=Words(""),
    code="ML-7",
    region="Gao",
    region_names=(),
    wrong=Words("It is safer than in August."),
    right=Words("It is less safe than in August."),
)
CORRECTION = changed(
    EDITION,
    trends=(),
    since=None,
    sections=(),
    left_out=(),
    corrections=(ON_TIMBUKTU, ON_GAO),
    corrected_on=date(2023, 10, 5),
)


def test_both_parts_say_what_was_wrong_and_what_is_right_and_where() -> None:
    html, text = "".join(parse(render_html(CORRECTION)).words), render_text(CORRECTION)

    for part in (html, text):
        assert "Correction · 5 October 2023" in without_isolates(part)
        assert "Trend in Gao" in without_isolates(part)
        for one in (ON_TIMBUKTU, ON_GAO):
            assert part.index("What we wrote") < part.index(one.wrong)
            assert one.right.splitlines()[0] in part


def test_both_parts_hold_the_same_slots_and_none_of_regions_that_are_chosen() -> None:
    html, text = render_html(CORRECTION), render_text(CORRECTION)

    for slot in set(Slot) - {Slot.CHOSEN_REGIONS, Slot.MAP_URL, Slot.DARK_MAP_URL}:
        assert text.count(slot.mark) == html.count(slot.mark) == 1
    assert Slot.CHOSEN_REGIONS.mark not in html + text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_in_every_language(language: str) -> None:
    view = changed(CORRECTION, language=language)

    html, text = render_html(view), render_text(view)

    with translation.override(language):
        subject = view.called("Mali")
    assert subject.endswith("Mali")
    assert (language == "en") == subject.startswith("Correction: ")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html
    assert (language == "en") == ("What we wrote" in html) == ("What we wrote" in text)


def test_what_is_in_another_language_says_so_and_runs_its_own_way() -> None:
    html = render_html(in_arabic())

    assert '<p lang="en" dir="ltr" align="left" style="margin:0">49 people were killed.<br>' in html
    assert "بالإنجليزية فقط" in render_text(in_arabic())


def in_arabic() -> EditionView:
    corrected = changed(
        ON_TIMBUKTU,
        title=Words(ON_TIMBUKTU.title, only_in="en"),
        wrong=Words(ON_TIMBUKTU.wrong, only_in="en"),
        right=Words(ON_TIMBUKTU.right, only_in="en"),
    )
    return changed(CORRECTION, language="ar", corrections=(corrected,))


def test_what_editors_write_is_text_and_lines_fit_a_terminal() -> None:
    said = Words("<script>alert(1)</script> & many words of an ordinary length, and more " * 9)
    view = changed(CORRECTION, corrections=(changed(ON_TIMBUKTU, wrong=said, right=said),))

    assert "<script>" not in render_html(view)
    lines = render_text(view).splitlines()
    assert max(len(line) for line in lines) <= WIDTH
