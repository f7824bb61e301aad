"""Texts and parts of content and of views for tests, in as few words as a test needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from subscribers.models.texts import Texts, Words

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Part = TypeVar("Part", bound="DataclassInstance")


def en(words: str, **translated: str) -> Texts:
    """A text in English, with translations by language."""
    return Texts({"en": words} | translated)


def changed(part: Part, **fields: Any) -> Part:
    """`part` with other `fields`; plain words of a text are English, or the reader’s own."""
    return replace(part, **{name: _as_in(part, name, value) for name, value in fields.items()})


def _as_in(part: Any, name: str, value: Any) -> Any:
    if type(value) is not str:
        return value
    kept = getattr(part, name)
    if isinstance(kept, Texts):
        return Texts({"en": value})
    return Words(value) if isinstance(kept, Words) else value
