from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.sanitize import one_line, sanitized
from newsletter.rendering.slots import Slot


@pytest.mark.parametrize("turning", [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"])
def test_what_turns_the_letters_after_it_is_taken_out(turning: str) -> None:
    assert sanitized(f"bank{turning}gpj.exe") == "bankgpj.exe"


def test_what_arabic_needs_stays() -> None:
    text = "\u200fمالي\u200e Mali \u061c"

    assert sanitized(text) == text


def test_a_line_ends_where_it_is_seen_to_end() -> None:
    assert sanitized("a\u2028b\x0bc\x85d") == "a  \nb  \nc  \nd"
    assert sanitized("a\u2029b\x0cc\rd\r\ne") == "a\n\nb\n\nc\n\nd\ne"
    assert sanitized("d\x00\ne\tf") == "d\ne\tf"


def test_nobody_can_type_a_slot() -> None:
    assert sanitized(f"a{Slot.UNSUBSCRIBE_URL.mark}b") == "aunsubscribe_urlb"


def test_a_header_is_one_line() -> None:
    assert one_line(" Mali\r\nBcc: a@b.example \u202e") == "Mali Bcc: a@b.example"


@given(st.text())
def test_defusing_twice_changes_nothing_more(text: str) -> None:
    assert sanitized(sanitized(text)) == sanitized(text)
