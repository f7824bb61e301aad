"""Whole mails of a view, for the tests of rendering."""

from __future__ import annotations

from newsletter.rendering.fragments import Fragments
from newsletter.rendering.render import html_pieces, text_pieces
from newsletter.rendering.view import EditionView, sanitized_view


def render_html(view: EditionView) -> str:
    """The HTML part of `view`."""
    return "".join(html_pieces(sanitized_view(view), Fragments()))


def render_text(view: EditionView) -> str:
    """The plain text part of `view`."""
    return "".join(text_pieces(sanitized_view(view), Fragments()))
