"""Whole mails of a view, for the tests of rendering."""

from __future__ import annotations

from newsletter.rendering.fragments import Fragments, flat
from newsletter.rendering.phrases import in_language
from newsletter.rendering.render import html_runs, text_runs
from newsletter.rendering.view import EditionView, sanitized_view


def render_html(view: EditionView) -> str:
    """The HTML part of `view`."""
    with in_language(view.language):
        return "".join(flat(html_runs(sanitized_view(view), Fragments())))


def render_text(view: EditionView) -> str:
    """The plain text part of `view`."""
    with in_language(view.language):
        return "".join(flat(text_runs(sanitized_view(view), Fragments())))
