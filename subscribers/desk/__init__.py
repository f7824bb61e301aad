"""What all pages of the desk have in common, and its pages about staff."""

from __future__ import annotations
