"""One edition as the two parts of a mail.

Pure functions of the view: the same view gives the same bytes, today and tomorrow.
"""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import translation

from newsletter.rendering.letter import letter
from newsletter.rendering.slots import OWN_BEGINS, OWN_ENDS, Slot
from newsletter.rendering.view import EditionView, sanitized_view


def render_html(view: EditionView) -> str:
    """The HTML part, in the view's language, with marks where a reader's own values go."""
    context = {
        "edition": sanitized_view(view),
        "slot": {slot.value: slot.mark for slot in Slot},
        "own": {"begins": OWN_BEGINS, "ends": OWN_ENDS},
    }
    with translation.override(view.language):
        return render_to_string("newsletter/email/issue.html", context)


def render_text(view: EditionView) -> str:
    """The plain text part: the same words, numbers, links and marks in the same order."""
    with translation.override(view.language):
        return letter(sanitized_view(view))
