from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.markdown import (
    TAGS,
    PictureView,
    pictures_in,
    to_html,
    to_page_html,
    to_text,
)

PICTURE = PictureView(7, "https://news.example.org/pictures/a.png", 1200, 600, "A “map” & a key")
ATTRIBUTES = {"href", "style", "start", "src", "alt", "width", "height"}
#: Text likely to mean something to a Markdown parser, or to a browser.
LOADED = """# | - | 1. | > | * | _ | ** | [ | ]( | ) | ![ | < | > | ` | *** | a | " | \\
| https://a.org | javascript:alert(1) | <script> | </p> | <img onerror=x> | &lt; | \ue000
| picture:7 | ![](picture:7)"""
markdownish = st.lists(st.sampled_from([*LOADED.split("|"), "\n", "\n\n", "\x00", "\u202e"])).map(
    "".join
)


@given(st.text() | markdownish)
def test_no_text_makes_an_element_that_is_not_allowed(text: str) -> None:
    html = to_html(text, (PICTURE,))

    assert set(re.findall(r"</?\s*([a-zA-Z!][^\s/>]*)", html)) <= TAGS
    assert set(re.findall(r"<[^>]*?\s([a-z]+)=", html)) <= ATTRIBUTES
    assert set(re.findall(r'src="([^"]*)"', html)) <= {PICTURE.url}


@given(st.text() | markdownish)
def test_every_text_has_a_plain_form(text: str) -> None:
    assert isinstance(to_text(text), str)


def test_emphasis_nests_as_deep_as_it_likes() -> None:
    text = "*a _a " * 1000 + "a_ a* " * 1000

    assert to_html(text).startswith("<p>")
    assert to_text(text).startswith("a a a")


def test_headings_leave_room_for_those_of_the_mail() -> None:
    assert to_html("# One\n## Two\n### Three") == "<h3>One</h3>\n<h4>Two</h4>\n<h4>Three</h4>\n"


def test_headings_start_at_the_same_level_wherever_the_editor_starts() -> None:
    assert to_html("### One\n#### Two") == "<h3>One</h3>\n<h4>Two</h4>\n"


def test_links_are_underlined() -> None:
    assert to_html("[a](https://a.org/?b&c)") == (
        '<p><a href="https://a.org/?b&amp;c" style="text-decoration:underline">a</a></p>\n'
    )


@given(markdownish)
def test_a_page_has_the_same_words_and_elements_and_no_styles(text: str) -> None:
    in_a_mail = re.sub(r' style="[^"]*"', "", to_html(text, (PICTURE,)))
    on_a_page = to_page_html(text, (PICTURE,))

    assert re.sub(r' height="[^"]*"', "", on_a_page) == in_a_mail


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:image/png;base64,AA",
        "ftp://a.org",
        "//a.org",
        "/admin/",
    ],
)
def test_only_whole_addresses_of_pages_and_mailboxes_become_links(address: str) -> None:
    assert "<a" not in to_html(f"[click]({address})")
    assert "<a" not in to_html(f"<{address}>")


def test_raw_html_is_shown_as_typed() -> None:
    assert to_html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"
    assert to_text("<b>x</b>") == "<b>x</b>"


def test_our_own_picture_is_shown_in_the_width_of_the_column() -> None:
    assert to_html("![](picture:7)", (PICTURE,)) == (
        '<p><img src="https://news.example.org/pictures/a.png" alt="A “map” &amp; a key"'
        ' width="544" style="max-width:100%;border:0"></p>\n'
    )


def test_a_small_picture_keeps_its_size() -> None:
    small = replace(PICTURE, width=80, height=40)

    assert 'width="80"' in to_html("![](picture:7)", (small,))


def test_a_page_knows_how_high_a_picture_will_be_and_a_mail_lets_it_shrink() -> None:
    assert 'width="544" height="272"' in to_page_html("![](picture:7)", (PICTURE,))
    assert "height" not in to_html("![](picture:7)", (PICTURE,))


def test_words_written_with_a_picture_stand_for_it_in_this_text() -> None:
    assert 'alt="Ségou"' in to_html("![*Ségou*](picture:7)", (PICTURE,))
    assert to_text("![Ségou](picture:7)", (PICTURE,)) == "Ségou"


def test_in_plain_text_its_own_words_stand_for_a_picture() -> None:
    assert to_text("Look: ![](picture:7)", (PICTURE,)) == "Look: A “map” & a key"


def test_a_picture_may_be_a_link_and_a_link_to_a_picture_is_none() -> None:
    assert '<a href="https://a.org"' in to_html("[![](picture:7)](https://a.org)", (PICTURE,))
    assert to_html("[click](picture:7) [a](https://a.org/)", (PICTURE,)).startswith("<p>click <a")


def test_a_picture_that_is_not_there_leaves_its_alternative_text() -> None:
    assert to_html("![words](picture:8)", (PICTURE,)) == "<p>words</p>\n"
    assert to_text("![words](picture:8)", (PICTURE,)) == "words"


@pytest.mark.parametrize("address", ["picture:x", "picture:", "Picture:7", "picture:7x"])
def test_what_names_no_picture_shows_none(address: str) -> None:
    assert "<img" not in to_html(f"![words]({address})", (PICTURE,))


def test_the_pictures_of_a_text_are_known() -> None:
    text = "![](picture:7)\n\n- ![a](picture:12)\n\n[no](picture:3) ![](https://a.org/x.png)"

    assert pictures_in(text) == {7, 12}


def test_a_picture_leaves_its_alternative_text() -> None:
    assert to_html("![a *map*](https://a.org/x.png)") == "<p>a map</p>\n"
    assert to_text("![a *map*](https://a.org/x.png)") == "a map"


def test_code_is_not_special() -> None:
    assert to_html("    four spaces") == "<p>four spaces</p>\n"
    assert to_text("`ticks`") == "`ticks`"


def test_paragraphs_are_wrapped() -> None:
    lines = to_text("word " * 40 + "\n\n*next*", width=30).split("\n")

    assert max(map(len, lines)) <= 30
    assert lines[-2:] == ["", "next"]


def test_links_show_their_address_once() -> None:
    assert to_text("[the **charter**](https://a.org)") == "the charter <https://a.org>"
    assert to_text("<https://a.org>") == "https://a.org"
    assert to_text("<me@a.org>") == "me@a.org"


def test_a_long_address_is_not_broken() -> None:
    address = "https://a.org/" + "x-" * 60

    assert f"<{address}>" in to_text(f"[here]({address})", width=40).split("\n")


def test_lists_hang_and_nest() -> None:
    text = "- two lines of words in all\n  - inner\n- next\n\n7. seven\n8. eight"

    assert to_text(text, width=26) == (
        "- two lines of words in\n  all\n  - inner\n- next\n\n7. seven\n8. eight"
    )


def test_a_quotation_is_marked_on_every_line() -> None:
    assert to_text("> one\n>\n> two") == "> one\n>\n> two"


def test_breaks_and_rules_are_kept() -> None:
    assert to_text("one\\\ntwo\n\n---\n\n# three") == "one\ntwo\n\n* * *\n\nthree"
