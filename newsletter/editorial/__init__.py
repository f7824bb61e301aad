"""Writing an issue and letting it go: drafts, versions, approval, preflight, the schedule."""

from __future__ import annotations
