"""What programs leave behind when a text is pasted from them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.markdown import pictures_in, to_html, to_page_html, to_text

LONG = "A convoy was stopped on the road to Kayes, " * 2 + "and the mine there closed for a week."
UNDERLINED = ' style="text-decoration:underline"'


@pytest.mark.parametrize("end", ["\r", "\x0c", "\u2029"])
def test_what_ends_a_paragraph_parts_paragraphs(end: str) -> None:
    assert to_html(f"one{end}two") == "<p>one</p>\n<p>two</p>\n"
    assert to_text(f"one{end}two") == "one\n\ntwo"


@pytest.mark.parametrize("end", ["\x0b", "\x85", "\u2028"])
def test_what_ends_a_line_parts_lines(end: str) -> None:
    assert to_html(f"one{end}two") == "<p>one<br>\ntwo</p>\n"
    assert to_text(f"one{end}two") == "one\ntwo"


def test_lines_that_end_as_on_windows_are_lines() -> None:
    assert to_html("one\r\ntwo\r\n\r\nthree") == "<p>one\ntwo</p>\n<p>three</p>\n"


def test_a_word_processors_paragraphs_are_paragraphs() -> None:
    """It ends each with one line end, and breaks no line."""
    assert to_text(f"The road\n{LONG}\nThe end", width=200) == f"The road\n\n{LONG}\n\nThe end"
    assert to_html(f"{LONG}\n{LONG}").count("<p>") == 2


def test_short_paragraphs_of_a_text_with_long_ones_are_paragraphs() -> None:
    assert to_text(f"{LONG}\n\nKayes\nA calm month.", width=200) == (
        f"{LONG}\n\nKayes\n\nA calm month."
    )


def test_a_long_address_does_not_mean_that_nobody_wrapped_the_lines() -> None:
    text = f"See https://example.org/{'a' * 120}\nfor more, in a line\nbroken by hand."

    assert to_html(text).count("<p>") == 1


def test_lines_that_somebody_wrapped_are_one_paragraph() -> None:
    assert to_html("A line that was broken\nby hand, as in an email.").count("<p>") == 1


def test_a_line_break_that_was_meant_stays_inside_its_paragraph() -> None:
    assert to_html(f"{LONG}  \n1 Main Street\\\nBamako") == (
        f"<p>{LONG}<br>\n1 Main Street<br>\nBamako</p>\n"
    )


@pytest.mark.parametrize(
    "bullet", ["•\t", "• ", "•", "·\t", "◦ ", "▪\xa0", "o\t", "–\t", "§\t", "Ø\t", "o\xa0\xa0"]
)
def test_bullets_make_a_list(bullet: str) -> None:
    text = f"What happened:\n{bullet}one\n{bullet}two\nAnd then this."

    assert to_text(text) == "What happened:\n\n- one\n- two\n\nAnd then this."


@pytest.mark.parametrize("bullet", ["\uf0b7\t", "\uf0a7 ", "➢\t", "✓\t", "→\t"])
def test_letters_of_a_bullet_font_make_a_list(bullet: str) -> None:
    assert to_text(f"{bullet}one\n{bullet}two") == "- one\n- two"


@pytest.mark.parametrize("dash", ["– ", "— ", "–\xa0"])
def test_dashes_on_successive_lines_make_a_list(dash: str) -> None:
    assert to_text(f"{dash}one\n{dash}two\n{dash}three") == "- one\n- two\n- three"


@pytest.mark.parametrize(
    ("pasted", "typed"),
    [
        ("1.\xa0\xa0one\n2.\xa0\xa0two", "1. one\n2. two"),
        ("#\xa0Kayes", "# Kayes"),
        ("-\xa0one\n-\xa0two", "- one\n- two"),
    ],
)
def test_a_space_that_does_not_break_marks_like_any_other(pasted: str, typed: str) -> None:
    assert to_html(pasted) == to_html(typed)


@pytest.mark.parametrize(
    ("pasted", "lines"),
    [
        ("Kayes\t12\t9\nSegou\t4\t7", ["Kayes", "Segou"]),
        ("1.\tone\na)\tpart\nb)\tpart\n2.\ttwo", ["1. one", "a)", "b)", "2. two"]),
        ("i.\tone\nii.\ttwo", ["i.", "ii."]),
    ],
)
def test_lines_with_tabs_are_lines(pasted: str, lines: list[str]) -> None:
    """Rows of a table, and items numbered in a way that Markdown does not know."""
    shown = [line.strip() for line in to_text(pasted).split("\n")]

    assert len(shown) == len(lines)
    assert all(line.startswith(start) for line, start in zip(shown, lines, strict=True))


def test_a_bullets_second_line_is_its_own() -> None:
    assert to_text("• one that was\nbroken\n• two") == "- one that was broken\n- two"


def test_bullets_under_bullets_are_nested() -> None:
    assert to_text("• one\n  ◦ two\n• three") == "- one\n  - two\n- three"


@pytest.mark.parametrize("text", ["6 · 7", "Kayes • Segou", "– no, they said", "o one", "·dot"])
def test_what_only_looks_like_a_bullet_is_none(text: str) -> None:
    assert to_text(text) == text


@pytest.mark.parametrize(
    ("typed", "address", "shown"),
    [
        (
            "https://a.example.org/b?c=d",
            "https://a.example.org/b?c=d",
            "https://a.example.org/b?c=d",
        ),
        ("www.example.org", "https://www.example.org", "www.example.org"),
        ("HTTP://Example.org/A_b_c", "HTTP://Example.org/A_b_c", "HTTP://Example.org/A_b_c"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)", "https://example.org/a_(b)"),
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "See {}.", "({})", "“{}”, they said", "**{}**!", "{}\nmore"]
)
def test_a_bare_address_is_a_link(typed: str, address: str, shown: str, around: str) -> None:
    text = around.format(typed)

    assert f'<a href="{address}"{UNDERLINED}>{shown}</a>' in to_html(text)
    assert f'<a href="{address}">{shown}</a>' in to_page_html(text)
    assert to_text(text) == around.replace("**", "").replace("\n", " ").format(address)


@pytest.mark.parametrize("after", ["’s", "'s", "‘", "|", "\u200b", "…and", "*"])
def test_what_follows_a_host_is_no_part_of_it(after: str) -> None:
    assert f'<a href="https://example.org"{UNDERLINED}>' in to_html(f"https://example.org{after}")


def test_a_bare_address_with_accents_is_written_as_programs_read_it() -> None:
    assert to_text("https://example.org/Ségou") == "https://example.org/S%C3%A9gou"


@pytest.mark.parametrize(
    "text", ["www.", "https://", "awww.example.org", "www.example", "ftp://example.org", "a.org"]
)
def test_what_is_no_address_of_a_page_is_no_link(text: str) -> None:
    assert "<a" not in to_html(text)
    assert to_text(text) == text


def test_an_address_inside_a_link_is_its_text() -> None:
    assert to_html("[https://a.org](https://b.org)").count("<a") == 1


def test_a_link_needs_no_https() -> None:
    assert to_html("[report](www.example.org/a)") == (
        f'<p><a href="https://www.example.org/a"{UNDERLINED}>report</a></p>\n'
    )
    assert to_text("[report](www.example.org/a)") == "report <https://www.example.org/a>"


def test_the_pictures_of_a_text_are_those_that_it_shows() -> None:
    assert pictures_in("one\u2029![](pic\u202eture:7)") == {7}


@given(
    st.lists(st.sampled_from(["https://", "www.", "a.b", ")", "(", ".", "/", " ", "é", "[", "*"]))
)
@example([")", "https://", "a.b", "é"])
def test_any_address_is_shown_whole(pieces: list[str]) -> None:
    text = "x" + "".join(pieces)
    number = text.count("a.b")

    assert re.sub("<[^>]+>", "", to_html(text)).count("a.b") == number
    # With an accent, the text part has it as programs read it: there it is the link itself.
    if text.isascii():
        assert "".join(to_text(text).split()).count("a.b") == number


def test_an_address_at_an_accented_host_leads_there_from_the_text_part() -> None:
    assert to_text("x)https://a.bé") == "x)https://a.xn--b-bga"
