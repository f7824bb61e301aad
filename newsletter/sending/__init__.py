"""Handing batches over, and settling what became of them."""

from __future__ import annotations
