"""Days as they are typed at the desk: ISO 8601, or with the month in words.

What has the month as a number, in another order than ISO's, means two days to two colleagues.
It is refused, with each day that it can mean, to be written so that it means one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import permutations
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import override

from subscribers import days
from subscribers.collation import fold

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,4})[ ./-]+(\d{1,2})[ ./-]+(\d{1,4})")
_WORDS_AND_NUMBERS = re.compile(r"[^\W\d_]+|\d+")
#: What people write around a day: "the 3rd of November", "le 1er septembre".
_AROUND = {"the", "of", "st", "nd", "rd", "th", "le", "er"}
#: A year outside of these is a slip. The very first and last days of calendars cannot be counted
#: from, nor be told in every time zone.
_YEARS = range(1800, 2200)
#: Letters by which a month may be cut short.
_SHORTEST = 3


class DayField(forms.DateField):
    """A day that means the same to everyone."""

    def to_python(self, value: Any) -> date | None:
        """The day typed.

        Raises:
            ValidationError: it is none, or may be another one, or is centuries away.
        """
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        if day := _iso(value) or _in_words(value):
            return _near(day)
        if readings := sorted(set(_readings(value))):
            raise ValidationError(_refusal(value, readings), code="ambiguous")
        raise ValidationError(
            _("Write the day like 2023-11-03 or 3 November 2023."), code="invalid"
        )


def _near(day: date) -> date:
    if day.year not in _YEARS:
        years = {"first": _YEARS.start, "last": _YEARS.stop - 1}
        raise ValidationError(
            _("Check the year: it lies between %(first)d and %(last)d.") % years, code="far"
        )
    return day


class MomentField(forms.SplitDateTimeField):
    """A day as above, and a time."""

    widget = AdminSplitDateTime

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = (DayField(), *self.fields[1:])


def _refusal(typed: str, readings: list[date]) -> str:
    known = {
        "typed": typed.strip(),
        "days": _(" or ").join(days.day(reading) for reading in readings),
        "written": _(" or ").join(reading.isoformat() for reading in readings),
    }
    return _("“%(typed)s” can be read as %(days)s. Write %(written)s.") % known


def _iso(text: str) -> date | None:
    found = _ISO.fullmatch(text.strip())
    return _day(*map(int, found.groups())) if found else None


def _in_words(text: str) -> date | None:
    """The day that `text` names with a month in words; None if it is none."""
    parts = [part for part in _WORDS_AND_NUMBERS.findall(fold(text)) if part not in _AROUND]
    numbers = [part for part in parts if part.isdecimal()]
    months = [_month(part) for part in parts if not part.isdecimal()]
    if len(months) != 1 or months[0] is None or len(numbers) != 2:
        return None
    day, year = sorted(numbers, key=len)
    return _day(int(year), months[0], int(day)) if len(year) == 4 and len(day) <= 2 else None


def _month(word: str) -> int | None:
    """The month that `word` names in one of the desk’s languages, whole or cut short."""
    names = _month_names()
    if len(word) < _SHORTEST:
        return None
    found = {month for name, month in names if name == word}
    found = found or {month for name, month in names if name.startswith(word)}
    return found.pop() if len(found) == 1 else None


@cache
def _month_names() -> list[tuple[str, int]]:
    names = []
    for code in settings.DESK_LANGUAGES:
        with override(code):
            names += [(fold(str(name)), number) for number, name in MONTHS.items()]
    return names


def _readings(text: str) -> Iterator[date]:
    """Every day that the three numbers of `text` may mean, the year first or last."""
    found = _NUMBERS.fullmatch(text.strip())
    if found is None:
        return
    for year, month, day in permutations(found.groups()):
        if year == found[2] or len(month) > 2 or len(day) > 2:
            continue
        if reading := _day(_full_year(year), int(month), int(day)):
            yield reading


def _full_year(digits: str) -> int:
    return int(digits) + 2000 if len(digits) <= 2 else int(digits)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
