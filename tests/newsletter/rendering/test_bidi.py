"""An Arabic edition of an issue in English: which isolates stand where, and what runs which way.

In what is expected, ⟦ ⟧ are an isolate of its first letter's direction, ⟪ ⟫ one from the left.
"""

from __future__ import annotations

from datetime import date

from django.utils import translation

from newsletter.editions.parsing import parse
from newsletter.rendering.fragments import Fragments, flat
from newsletter.rendering.letter import letter
from newsletter.rendering.sections import RegionView
from newsletter.rendering.slots import for_reader
from newsletter.rendering.view import EditionView
from newsletter.rendering.words import LONGEST_SUBJECT, subject
from subscribers.directions import FSI, LRI, PDI, without_isolates
from subscribers.models.texts import Words
from tests.newsletter.parts import changed
from tests.newsletter.rendering.test_html import Elements
from tests.newsletter.rendering.views import EDITION, INCIDENT, MAP, TIMBUKTU, TREND
from tests.newsletter.rendering.whole import render_html, render_text


def foreign(words: Words) -> Words:
    return Words(words, only_in="en")


#: What editors wrote is in English; one region has an Arabic name, and a count in Arabic words.
ARABIC: EditionView = changed(
    EDITION,
    language="ar",
    title=foreign(EDITION.title),
    trends=(
        changed(TREND, reason=foreign(TREND.reason), counted=foreign(TREND.counted)),
        changed(
            TREND,
            code="ML-7",
            region="غاو",
            reason="",
            counted="هجمات",
            count=37,
            previous_count=31,
        ),
    ),
    map=MAP,
    sections=(
        changed(
            TIMBUKTU,
            title=foreign(TIMBUKTU.title),
            body=foreign(TIMBUKTU.body),
            incidents=(
                changed(
                    INCIDENT,
                    summary=foreign(INCIDENT.summary),
                    event_type=foreign(INCIDENT.event_type),
                ),
            ),
        ),
    ),
    left_out=(RegionView("ML-7", "Gao"),),
)  # fmt: skip


def seen(text: str) -> str:
    """`text` with its isolates as brackets that can be read."""
    shown, opened = "", []
    for character in text:
        if character in (FSI, LRI):
            opened.append({FSI: "⟧", LRI: "⟫"}[character])
            shown += {FSI: "⟦", LRI: "⟪"}[character]
        elif character == PDI:
            shown += opened.pop()
        else:
            shown += character
    assert opened == []
    return shown.replace("\u00a0", " ")


def lines_of(view: EditionView) -> list[str]:
    # Line by line: nothing stays open at the end of one.
    return [seen(line) for line in for_reader(render_text(view)).split("\n")]


def test_the_subject_holds_each_name_together() -> None:
    with translation.override("ar"):
        assert seen(ARABIC.subject_of_regions) == "⟦Timbuktu⟧ ↑، غاو ↑ — أكتوبر 2023"


def test_isolates_take_no_room_in_a_subject() -> None:
    regions = [("Timbuktu", "increased"), ("Taoudenni", "decreased"), ("Koulikoro", "increased")]
    with translation.override("ar"):
        made = subject(
            [*regions, ("Sikasso", "decreased"), ("Kayes", "increased")], date(2023, 9, 2)
        )

    assert LONGEST_SUBJECT - 12 < len(without_isolates(made)) <= LONGEST_SUBJECT < len(made)
    assert "Kayes" in made


def test_a_newsletter_called_in_another_language_is_no_forgotten_translation() -> None:
    html = render_html(changed(ARABIC, publication=foreign(EDITION.publication)))
    untranslated = parse(html).languages - parse(render_html(ARABIC)).languages

    assert '<span translate="no" lang="en" dir="ltr">\u2068Sahel Letter\u2069</span>' in html
    assert untranslated == set()


def test_the_sentence_that_inboxes_show_holds_each_name_together() -> None:
    with translation.override("ar"):
        assert seen(ARABIC.lead) == "ازدياد في ⟦Timbuktu⟧ وغاو."


def test_names_and_texts_in_english_are_held_together_in_the_text_part() -> None:
    lines = lines_of(ARABIC)

    assert "⟪Western Mali, September 2023⟫" in lines
    assert "⟦Timbuktu⟧: ↑ ازدياد" in lines
    assert "  ⟪The siege goes on.⟫" in lines
    assert "  ⟪Attacks: 12 (5 before)⟫" in lines
    assert "⟪- fuel: 3 lorries⟫" in lines
    assert "- 7 سبتمبر 2023 · ⟦Banikane⟧ · ⟦Timbuktu⟧" in lines
    assert "  ⟦Rocket attack by JNIM against civilians⟧ · من 49 إلى 154 من القتلى" in lines
    assert "ليس في نسختكم: ⟦Gao⟧." in lines


def test_a_signed_number_reads_from_the_left_and_digits_are_those_of_the_quoted_texts() -> None:
    text = render_text(ARABIC)

    assert "  هجمات: 37 (سابقًا 31، ⟪+19%⟫)" in map(seen, text.split("\n"))
    assert not set("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹") & set(text)


def test_addresses_stand_on_lines_of_their_own_with_nothing_of_ours_around_them() -> None:
    with translation.override("ar"):
        text = "".join(flat(letter(ARABIC, Fragments())))
        links = [line for line in text.split("\n") if "preferences_url" in line]

    assert len(links) == 3
    assert not any(set(line) & {FSI, LRI, PDI} or " " in line for line in links)


def test_bars_begin_in_one_column_whatever_marks_stand_over_letters() -> None:
    before, now, *_ = (line for line in render_text(ARABIC).split("\n") if "##" in line)

    # The mark over a letter of the first word takes no column.
    assert before.index("#") == now.index("#") + 1


def test_the_page_and_its_tables_run_from_right_to_left() -> None:
    elements = Elements(html := render_html(ARABIC)).found

    assert html.startswith('<!DOCTYPE html>\n<html lang="ar" dir="rtl">')
    wrapper = next(attributes for tag, attributes in elements if tag == "div")
    assert (wrapper["lang"], wrapper["dir"]) == ("ar", "rtl")
    held = [a for tag, a in elements if tag == "table" and "text-align" in (a.get("style") or "")]
    assert held
    assert all(a["dir"] == "rtl" and "text-align:right" in str(a["style"]) for a in held)
    assert {a["align"] for tag, a in elements if tag == "th"} == {"right"}


def test_borders_and_room_change_sides() -> None:
    html = render_html(changed(ARABIC, sections=(changed(TIMBUKTU, kind="bottom_line"),)))

    assert "border-right:4px solid #0b4f6c" in html
    assert "padding:10px 0 10px 16px" in html
    assert "border-left:4px" not in html
    assert "letter-spacing" not in html


def test_a_quoted_text_names_its_language_and_runs_its_own_way() -> None:
    elements = Elements(render_html(ARABIC)).found

    quoted = [(tag, a) for tag, a in elements if a.get("lang") == "en"]
    # Title, reason, counts, heading, text, what happened, who did it.
    assert [tag for tag, _a in quoted] == ["h1", "div", "div", "h2", "div", "div", "span"]
    assert {a["dir"] for _tag, a in quoted} == {"ltr"}
    assert {a["align"] for tag, a in quoted if tag != "span"} == {"left"}


def test_an_arabic_text_in_an_english_edition_runs_its_own_way() -> None:
    letter_to_all = Words("رسالة", only_in="ar")
    view = changed(EDITION, sections=(changed(TIMBUKTU, title=letter_to_all, body=letter_to_all),))

    html, text = render_html(view), render_text(view)

    assert 'lang="ar" dir="rtl" align="right"' in html
    assert '<div class="body turned"' in html
    assert "\u2067رسالة\u2069" in text
    assert "In Arabic only" in html


def test_an_english_edition_of_an_english_issue_needs_no_isolates() -> None:
    assert not {FSI, LRI, PDI} & set(render_html(EDITION) + render_text(EDITION))


def test_the_words_for_the_map_hold_names_together_and_say_trends_in_arabic() -> None:
    (picture,) = (a for tag, a in Elements(render_html(ARABIC)).found if tag == "img")

    assert seen(str(picture["alt"])) == "ازدياد في ⟦Timbuktu⟧؛ تراجع في ⟦Kayes⟧."
