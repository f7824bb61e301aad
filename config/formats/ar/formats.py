"""Digits 0 to 9, grouped as CLDR does with them: “1,540.5”."""

from __future__ import annotations

THOUSAND_SEPARATOR = ","
DECIMAL_SEPARATOR = "."
NUMBER_GROUPING = 3
