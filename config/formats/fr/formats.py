"""ISO 8601 alone: by the month or by the day first is a guess."""

from __future__ import annotations

DATE_INPUT_FORMATS = ["%Y-%m-%d"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
