"""Pictures and maps on disk."""

from __future__ import annotations
