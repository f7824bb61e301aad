"""How phrases are put together: their parts in a row, and each in a language."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urlsplit

from django.utils.translation import get_language, gettext, override

from subscribers.directions import isolated
from subscribers.languages import nearest, own_name_of, spoken_languages
from subscribers.models.texts import Words


def announced(language: str) -> str:
    """What stands over a text that is in `language` only; nothing where that is empty."""
    if not language:
        return ""
    known = {
        "en": gettext("In English only"),
        "fr": gettext("In French only"),
        "es": gettext("In Spanish only"),
        "pt": gettext("In Portuguese only"),
        "ar": gettext("In Arabic only"),
    }
    own_name = isolated(own_name_of(language))
    return known.get(language) or gettext("Only in: %(language)s") % {"language": own_name}


def language_of(words: Words) -> AbstractContextManager[None]:
    """The language of `words` for what is said around them: in two, a sentence would be in none.

    Where the site does not speak theirs, what is around them stays in the one that is active.
    """
    spoken = nearest(words.lang, spoken_languages()) if words.lang else ""
    return override(spoken) if spoken else nullcontext()


def in_language(language: str) -> AbstractContextManager[None]:
    """What is said in it is in `language`; where that is the active one, at hardly any cost."""
    return nullcontext() if get_language() == language else override(language)


def host_of(address: str) -> str:
    """The host of a web page's address; empty for any other address."""
    try:
        url = urlsplit(address)
    except ValueError:
        return ""
    return (url.hostname or "") if url.scheme in ("http", "https") else ""


def dotted(*parts: str) -> str:
    return " · ".join(isolated(part) for part in parts if part)
