"""What ESPs, relays and mailboxes report, and what follows from it."""

from __future__ import annotations
