"""The regions of the world: how they lie to each other, and finding one by what people call it."""

from __future__ import annotations

from subscribers.regions.search import find, search
from subscribers.regions.tree import RegionRecord, RegionTree, Relation

__all__ = ["RegionRecord", "RegionTree", "Relation", "find", "search"]
