"""What stands in the ledger, and how it may change."""

from __future__ import annotations
