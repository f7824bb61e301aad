"""Words for what the ledger stores as codes, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsletter.models import Mailing, Trouble
from newsletter.models.obstacles import obstacle_in_words


def trouble_in_words(mailing: Mailing) -> str:
    """Why `mailing` stands still or goes on badly, in a sentence; empty if it does not."""
    return why_in_words(mailing.trouble, mailing.trouble_about)


def why_in_words(why: str, about: Mapping[str, Any]) -> str:
    """The trouble `why` with its parameters, in a sentence; empty for none."""
    if not why:
        return ""
    words = obstacle_in_words(about.get("obstacle", ""), about.get("words", ""))
    return str(Trouble(why).label) % {**about, "words": words}
