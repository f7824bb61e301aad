"""Every word of ours is defined once, is one that the code uses, and names what is stored."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings

ROW = re.compile(r"^\| \*\*(.+?)\*\*(?: \((.+?)\))? \| (.+) \|$", re.MULTILINE)
CODE = ("config", "newsletter", "subscribers", "templates")
#: Between the words of a name: `KillSwitch`, `kill_switch`, kill-switch.
SEAM = re.compile(r"[-_]|(?<=[a-z])(?=[A-Z])")


class Row(NamedTuple):
    words: list[str]
    #: Models that go by other names in the code.
    models: list[str]
    meaning: str


def rows() -> list[Row]:
    text = (settings.BASE_DIR / "docs" / "glossary.md").read_text("utf-8")
    return [
        Row(spoken(words).split(", "), re.findall(r"`(\w+)`", models), meaning)
        for words, models, meaning in ROW.findall(text)
    ]


def all_words() -> list[str]:
    return [word for row in rows() for word in row.words]


def models() -> set[str]:
    ours = (apps.get_app_config(name) for name in ("newsletter", "subscribers"))
    return {model.__name__ for app in ours for model in app.get_models()}


def spoken(name: str) -> str:
    """`KillSwitch` as one says it."""
    return SEAM.sub(" ", name).casefold()


def test_the_glossary_defines_every_word_once() -> None:
    words = Counter(all_words())

    assert len(words) > 40
    assert [word for word, times in words.items() if times > 1] == []


def test_no_two_words_of_the_glossary_mean_the_same() -> None:
    meanings = Counter(row.meaning for row in rows())

    assert [meaning for meaning, times in meanings.items() if times > 1] == []


def test_every_model_is_a_word_of_the_glossary_or_named_beside_one() -> None:
    words, beside = set(all_words()), [name for row in rows() for name in row.models]

    unnamed = {name for name in models() if spoken(name) not in words}

    assert unnamed == set(beside)
    assert len(beside) == len(unnamed)


def test_every_word_of_the_glossary_is_one_that_the_code_uses() -> None:
    files = [file for place in CODE for file in Path(settings.BASE_DIR, place).rglob("*")]
    texts = (file.read_text("utf-8") for file in files if file.suffix in (".py", ".html", ".txt"))
    said = " ".join(spoken(" ".join(texts)).split())

    assert [word for word in all_words() if word not in said] == []
