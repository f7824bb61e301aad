"""The languages that a page offers to change to."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.utils.translation import get_language

from subscribers.languages import name_of, spoken_to
from subscribers.models import Publication

register = template.Library()

register.filter("language_name", name_of)


@register.simple_tag
def languages_offered(publication: Publication | str) -> list[tuple[str, str]]:
    """Code and own name of each language that readers of `publication` are spoken to in.

    And of the one that is active.

    On a page about none, of every language of the site.
    """
    if not isinstance(publication, Publication):
        return list(settings.LANGUAGES)
    shown = {*map(spoken_to, publication.languages), get_language()}
    return [(code, name) for code, name in settings.LANGUAGES if code in shown]
