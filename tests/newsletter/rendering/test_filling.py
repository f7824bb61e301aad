from __future__ import annotations

import textwrap

from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.filling import fill
from newsletter.rendering.markdown import WIDTH

words = st.text("aé-\u00a0\u202f.", min_size=1, max_size=WIDTH + 20)


@given(st.lists(words, max_size=30).map(" ".join))
@example("\u00a0")
@example("a" * WIDTH)
@example(f"{'a' * (WIDTH - 1)} b")
@example(f"{'a' * (WIDTH + 1)} b")
def test_a_sentence_is_broken_where_textwrap_breaks_it(sentence: str) -> None:
    assert fill(sentence) == textwrap.fill(
        sentence, WIDTH, break_long_words=False, break_on_hyphens=False
    )


def test_what_begins_with_spaces_keeps_them_and_hangs() -> None:
    filled = fill("  " + "word " * 20, hang="    ")

    assert filled.startswith("  word")
    assert "\n    word" in filled
