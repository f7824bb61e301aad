"""Typed in ISO 8601 alone, for by the month or by the day first is a guess; read in words."""

from __future__ import annotations

DATE_INPUT_FORMATS = ["%Y-%m-%d"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]

DATE_FORMAT = "j F Y"
# With the zone, for there are those of the site, of a publication and of a reader.
DATETIME_FORMAT = "j F Y, H:i (e)"
