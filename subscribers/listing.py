"""Names one after the other, as the language that is active lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import get_language, gettext, pgettext

from subscribers.directions import each_isolated, isolated

#: “y” would run into these: “Kayes e Ilobu”, but “agua y hielo”.
_LIKE_I = re.compile(r"h?[ií](?![aeoáéó])", re.IGNORECASE)


def listed(names: Iterable[str]) -> str:
    """“Kayes, Segou and Senegal”; empty if there are none."""
    *others, last = each_isolated(names) or [""]
    if not others:
        return last
    values = {"others": _separator().join(others), "last": last}
    if get_language() == "es" and _LIKE_I.match(last):
        pattern = pgettext("a list, before a sound like “and”", "%(others)s and %(last)s")
    else:
        pattern = pgettext("a list", "%(others)s and %(last)s")
    return pattern % values


def separated(names: Iterable[str]) -> str:
    """“Kayes, Segou, Senegal”."""
    return _separator().join(each_isolated(names))


def noted(region: str, level: str) -> str:
    """“Kayes (alerts only)”."""
    return gettext("%(region)s (%(level)s)") % {"region": isolated(region), "level": level}


def _separator() -> str:
    return pgettext("between the names of a list", ", ")
