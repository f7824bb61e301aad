"""What a publication says of itself, in the language of the page or email."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from subscribers.models.faces import paragraphs_of
from subscribers.models.texts import Texts, Words

register = template.Library()

register.filter("paragraphs", paragraphs_of)


@register.filter
def told(texts: Texts) -> Words:
    """The words of `texts` in the active language; where there are none, those of the original."""
    return texts.told(get_language() or "")
