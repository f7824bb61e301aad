"""Keeping no more than needed, for no longer than needed."""

from __future__ import annotations
