"""Every word of ours is defined once."""

from __future__ import annotations

import re
from collections import Counter

from django.conf import settings

ROW = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, str]]:
    return ROW.findall((settings.BASE_DIR / "docs" / "glossary.md").read_text("utf-8"))


def test_the_glossary_defines_every_word_once() -> None:
    words = Counter(word.casefold() for words, _meaning in rows() for word in words.split(", "))

    assert len(words) > 40
    assert [word for word, times in words.items() if times > 1] == []


def test_no_two_words_of_the_glossary_mean_the_same() -> None:
    meanings = Counter(meaning for _word, meaning in rows())

    assert [meaning for meaning, times in meanings.items() if times > 1] == []
