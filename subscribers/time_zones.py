"""Time zones as people call them: by a city."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


def place_of(name: str) -> str:
    """The place that the time zone `name` is named after: “Buenos Aires”, or “UTC”."""
    return name.rpartition("/")[2].replace("_", " ")


@cache
def known_time_zones() -> frozenset[str]:
    """The names in the IANA time zone database of this machine, which it keeps in many files."""
    return frozenset(available_timezones())
