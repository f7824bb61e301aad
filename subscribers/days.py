"""Days, months and moments as one writes them, in the language that is active.

Numbers have the digits 0 to 9 in Arabic too: docs/adr/0030-five-languages.md says why.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import pgettext


def day(value: date) -> str:
    """“7 September 2023”, “1er septembre 2023”, “7 de septiembre de 2023”."""
    return pgettext("a day", "%(day)s %(month)s %(year)s") % {
        "day": day_number(value),
        "month": date_format(value, "F"),
        "year": value.year,
    }


def day_and_month(value: date) -> str:
    """“7 September”."""
    return pgettext("a day", "%(day)s %(month)s") % {
        "day": day_number(value),
        "month": date_format(value, "F"),
    }


def day_number(value: date) -> str:
    """“7”."""
    # French says “1er” for the first of a month, and plain numbers after it.
    return pgettext("first day of a month", "1") if value.day == 1 else str(value.day)


def month(value: date) -> str:
    """“September 2023”."""
    return pgettext("a month", "%(month)s %(year)s") % {
        "month": date_format(value, "F"),
        "year": value.year,
    }


def moment(value: datetime, clock: str = "H:i") -> str:
    """“7 September 2023, 14:05”, by the clock that `value` is in."""
    return pgettext("a moment", "%(day)s, %(time)s") % {
        "day": day(value),
        "time": date_format(value, clock),
    }
