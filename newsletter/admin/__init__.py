"""The editors' desk. What may happen is decided in the services; this speaks to people."""

from __future__ import annotations

from newsletter.admin import (
    corrections,
    deliveries,
    issues,
    killswitch,
    lanes,
    mailings,
    pictures,
    publications,
    sections,
    segments,
)

__all__ = [
    "corrections",
    "deliveries",
    "issues",
    "killswitch",
    "lanes",
    "mailings",
    "pictures",
    "publications",
    "sections",
    "segments",
]
