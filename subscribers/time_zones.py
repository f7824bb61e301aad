"""Time zones as people call them: by a city."""

from __future__ import annotations

from collections import Counter
from functools import cache
from zoneinfo import available_timezones

#: The other names in the database of time zones are old ones, or no places.
CONTINENTS = tuple(
    f"{name}/"
    for name in (
        "Africa", "America", "Antarctica", "Arctic", "Asia",
        "Atlantic", "Australia", "Europe", "Indian", "Pacific",
    )
)  # fmt: skip


def place_of(name: str) -> str:
    """The place that the time zone `name` is named after: “Buenos Aires”, or “UTC”."""
    return name.rpartition("/")[2].replace("_", " ")


@cache
def known_time_zones() -> frozenset[str]:
    """The names in the IANA time zone database of this machine, which it keeps in many files."""
    return frozenset(available_timezones())


@cache
def places() -> list[tuple[str, str]]:
    """To choose from: the time zones named after a place, and these places, in their order.

    A place that has several names in the database is told apart by what stands before it.
    """
    names = [name for name in known_time_zones() if name.startswith(CONTINENTS)]
    number = Counter(map(place_of, names))
    called = ((name, _told_apart(name) if number[place_of(name)] > 1 else "") for name in names)
    return sorted(
        ((name, apart or place_of(name)) for name, apart in called), key=lambda one: one[1]
    )


@cache
def all_time_zones() -> list[tuple[str, str]]:
    """The same with UTC in front, and at the end by their names those of no place."""
    of_places = dict(places())
    others = sorted(known_time_zones() - of_places.keys() - {"UTC"})
    return [("UTC", "UTC"), *of_places.items(), *((name, name) for name in others)]


def _told_apart(name: str) -> str:
    return f"{place_of(name)} ({place_of(name.rpartition('/')[0])})"
