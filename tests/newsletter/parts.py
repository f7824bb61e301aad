"""Texts and parts of content and of views for tests, in as few words as a test needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from newsletter.rendering.fragments import Fragment, Run, flat
from subscribers.models.texts import Texts, Words

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from newsletter.editions.compose import ComposedEdition

Part = TypeVar("Part", bound="DataclassInstance")


def en(words: str, **translated: str) -> Texts:
    """A text in English, with translations by language."""
    return Texts({"en": words} | translated)


def changed(part: Part, **fields: Any) -> Part:
    """`part` with other `fields`; plain words of a text are English, or the reader’s own."""
    return replace(part, **{name: _as_in(part, name, value) for name, value in fields.items()})


def reworded(edition: ComposedEdition, **said: str) -> ComposedEdition:
    """`edition` with another `html` or `text`."""
    runs: Any = {f"{part}_runs": (words,) for part, words in said.items()}
    return replace(edition, **runs)


def edited(edition: ComposedEdition, runs: str, old: str, new: str) -> ComposedEdition:
    """`edition` with `new` for `old` in its `html_runs` or `text_runs`, each still of its part."""
    pieces = (
        Fragment(piece.replace(old, new), piece.part)
        if isinstance(piece, Fragment)
        else piece.replace(old, new)
        for piece in flat(getattr(edition, runs))
    )
    others: Any = {runs: (Run(*pieces),)}
    return replace(edition, **others)


def _as_in(part: Any, name: str, value: Any) -> Any:
    if type(value) is not str:
        return value
    kept = getattr(part, name)
    if isinstance(kept, Texts):
        return Texts({"en": value})
    return Words(value) if isinstance(kept, Words) else value
