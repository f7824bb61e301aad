"""One edition as the two parts of a mail.

Pure functions of the view: the same view gives the same bytes, today and tomorrow.
"""

from __future__ import annotations

from newsletter.rendering.fragments import Fragments, Piece
from newsletter.rendering.letter import letter
from newsletter.rendering.page import page
from newsletter.rendering.view import EditionView


def html_runs(view: EditionView, fragments: Fragments) -> tuple[Piece, ...]:
    """The HTML part of a sanitized `view`, whose language is active, with marks where a
    reader's own values go: what it shares with other editions, and what it says alone."""
    return tuple(page(view, fragments))


def text_runs(view: EditionView, fragments: Fragments) -> tuple[Piece, ...]:
    """The plain text part: the same words, numbers, links and marks in the same order."""
    return tuple(letter(view, fragments))
