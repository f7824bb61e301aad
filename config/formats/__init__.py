"""How dates are written and read: in one way in every language, so that nobody reads another."""

from __future__ import annotations
