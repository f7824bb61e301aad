"""Languages by their tags (BCP 47): which there are, and what they are called.

Names and codes are those of the Unicode CLDR, as Babel has them: no registry is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

#: A language, and where it matters its script and its region: “ar”, “pt-BR”, “zh-Hant-HK”.
TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
#: Characters in the longest.
LONGEST_TAG = len("abc-Abcd-123")
#: What CLDR names beside languages: several at once, none, unknown ones.
_NO_LANGUAGES = frozenset({"mul", "root", "und", "zxx"})


def tag_of(typed: str) -> str:
    """The tag that was `typed`, written as it should be; empty if there is no such language."""
    found = TAG.fullmatch(typed.strip().replace("_", "-"))
    if found is None:
        return ""
    language, script, region = (part or "" for part in found.groups())
    language, script, region = language.lower(), script.title(), region.upper()
    known = _names("en")
    is_known = (
        language in known.languages
        and language not in _NO_LANGUAGES
        and (not script or script in known.scripts)
        and (not region or region in known.territories)
    )
    return "-".join(filter(None, (language, script, region))) if is_known else ""


def nearest(wanted: str, tags: Iterable[str]) -> str:
    """That of `tags` which serves readers of `wanted`, empty if none does.

    The same one, a wider one (RFC 4647: “pt-BR”, then “pt”), or a narrower one of it.
    """
    known = {tag.lower(): tag for tag in tags}
    asked = wanted.lower().replace("_", "-")
    narrower = next((tag for low, tag in known.items() if low.startswith(f"{asked}-")), "")
    while asked and asked not in known:
        asked = asked.rpartition("-")[0]
    return known.get(asked, narrower)


def spoken_languages() -> list[str]:
    """Those in which the site speaks to readers: pages, notices, the frame of an email."""
    return [code for code, _name in settings.LANGUAGES]


def spoken_to(tag: str) -> str:
    """In which of those readers of the language `tag` are spoken to: at worst, in English."""
    return nearest(tag, spoken_languages()) or str(settings.LANGUAGE_CODE)


def asked_for(request: HttpRequest, tags: Sequence[str]) -> str:
    """That of `tags` which a visitor wants: as they chose for the site, or as their browser asks.

    The first where they want none of them.
    """
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    asked = parse_accept_lang_header(request.headers.get("accept-language", ""))
    wanted = [] if chosen else [code for code, _weight in asked]
    active = get_language() or ""
    return next(filter(None, (nearest(one, tags) for one in [*wanted, active])), tags[0])


def name_of(tag: str, language: str = "") -> str:
    """What a language is called in `language`, or in the one that is active: “French”."""
    return _named(tag, _names(language or get_language() or "en"))


def own_name_of(tag: str) -> str:
    """What a language calls itself: “Français”; in English where that is not known."""
    name = _named(tag, _names(tag))
    return name[:1].upper() + name[1:]


def months_in(tag: str) -> list[str]:
    """What the months are called in a language, as they stand in a date; in order."""
    months: Mapping[int, str] = _names(tag).months["format"]["wide"]
    return [months[number] for number in sorted(months)]


def _named(tag: str, known: Locale) -> str:
    language, *rest = tag.split("-")
    whole: str = known.languages.get("_".join([language, *rest]), "")
    if whole:
        return whole
    name = known.languages.get(language) or _names("en").languages.get(language, language)
    more = [known.scripts.get(one) or known.territories.get(one) or one for one in rest]
    return f"{name} ({', '.join(more)})" if more else name


@cache
def _names(language: str) -> Locale:
    """What is called how in `language`; in a wider one, or in English, where nothing is known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        wider = language.rpartition("-")[0]
        return _names(wider or "en")
