from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from pytest_django import Settings

from subscribers.days import day, moment

#: What Django would write “Sept. 1, 2026” by, and what writes “1 septembre”.
_OTHER_WORDS = re.compile(r"DATE_FORMAT|\bj [FM]\b")


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "1 September 2026", "2 September 2026"),
        ("fr", "1er septembre 2026", "2 septembre 2026"),
    ],
)
def test_a_day_is_written_as_its_language_writes_it(language: str, first: str, second: str) -> None:
    with translation.override(language):
        assert (day(date(2026, 9, 1)), day(date(2026, 9, 2))) == (first, second)
        assert moment(datetime(2026, 9, 1, 14, 5, tzinfo=UTC)) == f"{first}, 14:05"


def test_a_page_tells_the_day_and_the_time_by_the_clock_that_is_set() -> None:
    page = Template("{% load days %}{{ at|day }} / {{ at|moment }}")
    at = datetime(2026, 8, 31, 23, 30, tzinfo=UTC)

    with timezone.override("Africa/Lagos"), translation.override("fr"):
        said = page.render(Context({"at": at}))

    assert said == "1er septembre 2026 / 1er septembre 2026, 00:30"


def test_days_are_put_into_words_in_one_place(settings: Settings) -> None:
    root = Path(settings.BASE_DIR)
    written = [
        *root.glob("templates/**/*.html"),
        *root.glob("subscribers/**/*.py"),
        *root.glob("newsletter/**/*.py"),
    ]

    others = [str(path) for path in written if _OTHER_WORDS.search(path.read_text())]
    assert others == []
