"""The audit log: who did what, and looked at what, so that it can be shown later.

A model that describes a person says so in `personal_fields`: it is named by its number
alone, and of these fields it is kept that they changed, never what they held.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, time
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model, Q, QuerySet
from django.dispatch import Signal

from subscribers.models import AuditAction, AuditEntry

#: Sent with each new `entry` and what it is `about`, in the transaction that wrote it.
recorded = Signal()

#: What stands for a value that is not to be kept.
HIDDEN = "•••"
#: Characters of a text that are kept; a whole text stands in the versions of its issue.
LONGEST_VALUE = 500
#: The same of a note.
LONGEST_NOTE = 300

#: The old and the new value of each field.
Changes = Mapping[str, Sequence[Any]]


def record(
    action: AuditAction,
    *,
    by: AbstractBaseUser | str,
    about: Model | type[Model] | None = None,
    changes: Changes | None = None,
    note: str = "",
) -> AuditEntry:
    """Keep that `by` did `action` to `about`, in the transaction that is open.

    `by` is a user, or the name of what stands for one: a command, a name that was typed at
    the door. `about` is one object, or a whole model for all of its kind, such as a list.
    """
    user = by if isinstance(by, AbstractBaseUser) else None
    one = about if isinstance(about, Model) else None
    entry = AuditEntry.objects.create(
        action=action,
        actor_id=user.pk if user else None,
        actor_name=(user.get_username() if user else str(by))[:150] or "–",
        about_kind=about._meta.label_lower if about else "",
        about_id=str(one.pk) if one else "",
        about_label=_label(one) if one else "",
        changes=_kept(changes or {}, hidden=_hidden(about)),
        note=note[:LONGEST_NOTE],
    )
    recorded.send(sender=AuditEntry, entry=entry, about=about)
    return entry


def replace_address(address: str, *, stand_in: str) -> int:
    """Put `stand_in` wherever the log holds `address`, such as that of an erased reader.

    The one way in which entries change; the number of those that did.
    """
    # As SQLite has it in the text of its JSON, and as PostgreSQL has it.
    held = Q(changes__icontains=address) | Q(changes__icontains=json.dumps(address)[1:-1])
    held |= Q(note__icontains=address) | Q(about_label__icontains=address)
    held |= Q(actor_name__icontains=address)
    # Django's own set of rows: that of the model refuses to write.
    entries: QuerySet[AuditEntry] = QuerySet(AuditEntry)
    found = list(entries.filter(held))
    whole = re.compile(rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)
    replaced = partial(whole.sub, lambda _match: stand_in)
    for entry in found:
        entry.note = replaced(entry.note)[:LONGEST_NOTE]
        entry.about_label = replaced(entry.about_label)[:200]
        entry.actor_name = replaced(entry.actor_name)[:150]
        entry.changes = _rewritten(entry.changes, replaced)
    entries.bulk_update(found, ("note", "about_label", "actor_name", "changes"), batch_size=500)
    return len(found)


def _rewritten(value: Any, rewrite: Callable[[str], str]) -> Any:
    """`value` with each text in it put through `rewrite`."""
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, list):
        return [_rewritten(one, rewrite) for one in value]
    if isinstance(value, dict):
        return {name: _rewritten(one, rewrite) for name, one in value.items()}
    return value


def values_of(about: Model) -> dict[str, Any]:
    """What the row of `about` holds, by field, as it is kept."""
    fields = (field for field in about._meta.concrete_fields if not field.primary_key)
    return {field.name: plain(field.value_from_object(about)) for field in fields}


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: objects by their names, sets of them in order."""
    if value is None or isinstance(value, (str, bool, int, float, date, time, UUID)):
        return value
    if isinstance(value, Model):
        return _label(value) or f"{value._meta.model_name} {value.pk}"
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Iterable):
        return sorted((plain(one) for one in value), key=str)
    return str(value)


def _label(about: Model) -> str:
    """The name of `about`; empty for a person, who is named by number alone."""
    return "" if _personal(about) else str(about)[:200]


def _personal(about: Model | type[Model]) -> Collection[str]:
    return getattr(about, "personal_fields", ())


def _hidden(about: Model | type[Model] | None) -> Collection[str]:
    return {"password", *(_personal(about) if about else ())}


def _kept(changes: Changes, *, hidden: Collection[str]) -> dict[str, list[Any]]:
    return {
        name: [
            None if value in (None, "") else _short(value, hide=name in hidden) for value in pair
        ]
        for name, pair in changes.items()
    }


def _short(value: Any, *, hide: bool) -> Any:
    if hide:
        return HIDDEN
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return f"{value[:LONGEST_VALUE]}…"
    return value
