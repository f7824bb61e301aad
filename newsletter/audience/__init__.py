"""Who gets which edition: readers' interests, their history, and the freeze."""

from __future__ import annotations
