"""Names one after the other, as the language that is active lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.utils.translation import get_language, gettext, pgettext

from subscribers.directions import each_isolated, isolated

#: “y” would run into these: “Kayes e Ilobu”, but “agua y hielo”.
_LIKE_I = re.compile(r"h?[ií](?![aeoáéó])", re.IGNORECASE)


class _Patterns(NamedTuple):
    """How a language puts lists together."""

    between: str
    last_two: str
    #: Before a sound like “and”.
    before_alike: str


@cache
def _patterns(language: str | None) -> _Patterns:
    """Those of `language`, which is the active one: a list is often made, and they stay."""
    last_two = pgettext("a list", "%(others)s and %(last)s")
    alike = pgettext("a list, before a sound like “and”", "%(others)s and %(last)s")
    return _Patterns(
        between=pgettext("between the names of a list", ", "),
        last_two=last_two,
        before_alike=alike if language == "es" else last_two,
    )


def listed(names: Iterable[str]) -> str:
    """“Kayes, Segou and Senegal”; empty if there are none."""
    *others, last = each_isolated(names) or [""]
    if not others:
        return last
    patterns = _patterns(get_language())
    pattern = patterns.before_alike if _LIKE_I.match(last) else patterns.last_two
    return pattern % {"others": patterns.between.join(others), "last": last}


def separated(names: Iterable[str]) -> str:
    """“Kayes, Segou, Senegal”."""
    return _patterns(get_language()).between.join(each_isolated(names))


def noted(region: str, level: str) -> str:
    """“Kayes (alerts only)”."""
    return gettext("%(region)s (%(level)s)") % {"region": isolated(region), "level": level}
