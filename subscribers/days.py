"""Days and moments as one writes them, in the language that is active."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import pgettext


def day(value: date) -> str:
    """“7 September 2023”, “1er septembre 2023”."""
    return f"{day_and_month(value)} {value.year}"


def day_and_month(value: date) -> str:
    """“7 September”."""
    return f"{day_number(value)} {date_format(value, 'F')}"


def day_number(value: date) -> str:
    """“7”."""
    # French says “1er” for the first of a month, and plain numbers after it.
    return pgettext("first day of a month", "1") if value.day == 1 else str(value.day)


def moment(value: datetime, clock: str = "H:i") -> str:
    """“7 September 2023, 14:05”, by the clock that `value` is in."""
    return f"{day(value)}, {date_format(value, clock)}"
