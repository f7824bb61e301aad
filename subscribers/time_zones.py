"""Time zones as people call them: by a city."""

from __future__ import annotations


def place_of(name: str) -> str:
    """The place that the time zone `name` is named after: “Buenos Aires”, or “UTC”."""
    return name.rpartition("/")[2].replace("_", " ")
