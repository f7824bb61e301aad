"""Numbers as in Portugal and in Portuguese-speaking Africa: “1 540,5”."""

from __future__ import annotations

THOUSAND_SEPARATOR = "\N{NO-BREAK SPACE}"
DECIMAL_SEPARATOR = ","
NUMBER_GROUPING = 3
