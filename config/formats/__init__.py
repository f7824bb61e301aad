"""How dates stand in forms: as ISO 8601 in every language, so that nobody reads another day."""

from __future__ import annotations
