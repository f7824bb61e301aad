"""Content as JSON: how it is stored, read again, and known by its hash.

What is empty is not written. So content keeps its hash when a part of it gets a field more
that nobody has filled, and what is absent is read as empty.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from newsletter.editions.content import AssessmentContent, IssueContent, SectionContent
from newsletter.editions.upgrading import SCHEMA, upgraded
from subscribers.models.texts import Texts


def to_json(content: IssueContent) -> dict[str, Any]:
    """Plain values only, equal for equal content, with the number of the schema."""
    return {"schema": SCHEMA, **_plain(content)}


def from_json(plain: Mapping[str, Any]) -> IssueContent:
    """The inverse of :func:`to_json`, of whatever schema `plain` is.

    Raises:
        StoredByNewerCode: it is of a schema that is not known here.
        KeyError: something is missing that is never empty.
    """
    content: IssueContent = _read(IssueContent, upgraded(plain))
    return content


def content_hash(content: IssueContent | SectionContent | AssessmentContent) -> str:
    """SHA-256 of what `content` says: the identity of a version, or of one part of it.

    The number of the schema is no part of it.
    """
    canonical = json.dumps(
        _plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Texts():
            return value.pairs
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case _ if is_dataclass(value):
            named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
            return {name: one for name, one in named.items() if not _is_empty(one)}
        case _:
            return value


def _is_empty(plain: Any) -> bool:
    # Zero is a number like others: nobody was killed.
    return plain is None or plain is False or plain == "" or plain == [] or plain == {}


def _read(kind: Any, plain: Any) -> Any:
    """`plain` as a value of the type `kind`."""
    arguments = get_args(kind)
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _field(hint, plain, name) for name, hint in hints.items()})  # type: ignore[operator]
    if isinstance(kind, TypeVar) or kind is Texts:
        return Texts(plain)
    if isinstance(kind, UnionType):
        return _read(arguments[0], plain)
    if kind is date:
        return date.fromisoformat(plain)
    if get_origin(kind) is tuple:
        return tuple(_read(arguments[0], one) for one in plain)
    if get_origin(kind) is Mapping:
        return {key: _read(arguments[1], one) for key, one in plain.items()}
    return plain


def _field(kind: Any, plain: Mapping[str, Any], name: str) -> Any:
    found = plain.get(name)
    return _empty(kind, name) if found is None else _read(kind, found)


def _empty(kind: Any, name: str) -> Any:
    """What a field of the type `kind` holds that was not written."""
    if isinstance(kind, UnionType) and NoneType in get_args(kind):
        return None
    if isinstance(kind, TypeVar):
        return Texts()
    made: Any = {tuple: tuple, Mapping: dict}.get(get_origin(kind) or kind, kind)
    if made in (tuple, dict, str, bool, Texts):
        return made()
    raise KeyError(name)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)
