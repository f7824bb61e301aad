"""Sentences of a log: stored in every language of the desk, told in the reader's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language, override


def later(say: Callable[[], str]) -> Promise:
    """What `say` answers, in the language that is active when it is read."""
    return cast(Promise, lazy(say, str)())


def stored(sentence: Promise | str, longest: int | None = None) -> str:
    """`sentence` as a log keeps it; in one language where all are longer than `longest`."""
    if isinstance(sentence, str):
        return sentence
    wordings = {}
    for code in settings.DESK_LANGUAGES:
        with override(code):
            wordings[code] = str(sentence)
    kept = json.dumps(wordings, ensure_ascii=False)
    return str(sentence) if longest and len(kept) > longest else kept


def told(kept: str) -> str:
    """What was stored as `kept`, in the language that is active; other text as it is."""
    try:
        wordings = json.loads(kept)
    except ValueError:
        return kept
    if not isinstance(wordings, dict) or settings.LANGUAGE_CODE not in wordings:
        return kept
    return str(wordings.get((get_language() or "")[:2], wordings[settings.LANGUAGE_CODE]))
