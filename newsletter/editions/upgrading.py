"""Old content read as content of today: one step for each number of its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from newsletter.errors import NewsletterError

Plain = Mapping[str, Any]

#: Of what is stored now. It counts up when content comes to be read in another way; a field
#: more is not another way.
SCHEMA = 3


class StoredByNewerCode(NewsletterError):
    """The content is of a schema that only a newer release reads."""


def upgraded(plain: Plain) -> Plain:
    """`plain` as content of the schema of today, whatever it was stored as.

    Raises:
        StoredByNewerCode: it is of a later schema.
    """
    # Content of the first schema did not say so.
    schema = plain.get("schema", 1)
    if schema > SCHEMA:
        raise StoredByNewerCode(
            _("This was stored by a newer release (content schema %(schema)d). Upgrade first.")
            % {"schema": schema}
        )
    for step in range(schema, SCHEMA):
        plain = _STEPS[step](plain)
    return plain


def _texts_by_language(plain: Plain) -> Plain:
    """From two languages to any: `title` and `translated_title` become one text.

    The other language was French, or English where it was written in French.
    """
    original = plain["language"]
    other = "en" if original == "fr" else "fr"

    def merged(part: Any) -> Any:
        if isinstance(part, list):
            return [merged(one) for one in part]
        return _with_texts(part, original, other, merged) if isinstance(part, dict) else part

    regions = {
        code: {
            "code": code,
            "names": {"en": name["en"], "fr": name["fr"]},
            "country": name["country"],
        }
        for code, name in plain["regions"].items()
    }
    return {**merged(dict(plain)), "publication": plain["publication"], "regions": regions}


#: What schema 1 had in two fields.
_TRANSLATED = frozenset(
    {"title", "subject", "body", "reason", "counted", "place", "event_type"}
    | {"actor1", "actor2", "summary"}
)


def _with_texts(
    part: Plain, original: str, other: str, merged: Callable[[Any], Any]
) -> dict[str, Any]:
    texts = {
        name: [
            [language, words]
            for language, words in (
                (original, part[name]),
                (other, part.get(f"translated_{name}", "")),
            )
            if words
        ]
        for name in _TRANSLATED & part.keys()
    }
    rest = {
        name: merged(value) for name, value in part.items() if not name.startswith("translated_")
    }
    return {**rest, **texts}


def _publication_by_language(plain: Plain) -> Plain:
    """What the publication is called, and its page about privacy, become texts in a language."""
    publication = plain["publication"]
    said = {
        name: [[plain["language"], publication[name]]] if publication[name] else []
        for name in ("name", "privacy_url")
        if name in publication
    }
    return {**plain, "publication": {**publication, **said}}


_STEPS: Mapping[int, Callable[[Plain], Plain]] = {
    1: _texts_by_language,
    2: _publication_by_language,
}
