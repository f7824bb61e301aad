"""Databases as releases left them, and whether this code goes on from there."""

from __future__ import annotations
