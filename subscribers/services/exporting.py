"""Everything that is held about one person, for them to read and for programs to take over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from subscribers.days import moment
from subscribers.languages import spoken_to
from subscribers.listing import separated
from subscribers.models import AuditAction, Subscriber
from subscribers.services.auditing import record
from subscribers.services.personal_data import Holding, Person, all_holdings
from subscribers.wordings import later, stored


@dataclass(frozen=True)
class Fact:
    """One value: by what name, and as a person reads it."""

    name: str
    label: str
    value: Any
    shown: str


@dataclass(frozen=True)
class Held:
    """The rows of one table."""

    key: str
    title: str
    rows: Sequence[Sequence[Fact]]


@dataclass(frozen=True)
class Export:
    """All of it, as it was at one moment."""

    subscriber_id: int
    language: str
    made_at: datetime
    held: Sequence[Held]

    def as_json(self) -> str:
        """A list of rows for each table; columns are named as in the database."""
        rows = {one.key: [{f.name: f.value for f in row} for row in one.rows] for one in self.held}
        whole = {"made_at": self.made_at, **rows}
        return json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)

    def as_html(self) -> str:
        """A page that needs nothing else, in the language of the reader."""
        with translation.override(self.language):
            return render_to_string("subscribers/export.html", {"export": self})

    @property
    def file_name(self) -> str:
        """Without its ending. It says nothing of the person."""
        return f"reader-{self.subscriber_id}-{self.made_at:%Y-%m-%d}"


@transaction.atomic
def export(subscriber: Subscriber, *, by: AbstractBaseUser | str) -> Export:
    """What is held about `subscriber` now; what is empty is there too, and says so.

    The audit log keeps that `by` did so.
    """
    record(AuditAction.EXPORTED, by=by, about=subscriber)
    person = Person(subscriber.pk, subscriber.address, subscriber.mailbox)
    return _export(person, spoken_to(subscriber.language))


@transaction.atomic
def export_address(address: str, *, by: AbstractBaseUser | str) -> Export:
    """The same of a normalised `address` that no subscriber has, in the site's language."""
    note = stored(later(lambda: _("an address that no reader has")))
    record(AuditAction.EXPORTED, by=by, about=Subscriber, note=note)
    return _export(Person.by_address(address), settings.LANGUAGE_CODE)


def _export(person: Person, language: str) -> Export:
    with translation.override(language):
        held = [_held(holding, person) for holding in all_holdings()]
    return Export(person.id, language, timezone.now(), held)


def _held(holding: Holding, person: Person) -> Held:
    rows = [list(_facts(holding, row)) for row in holding.rows(person)]
    return Held(holding.key, capfirst(str(holding.title)), rows)


def _facts(holding: Holding, row: Any) -> Iterator[Fact]:
    for name in holding.shown:
        field = row._meta.get_field(name)
        value = getattr(row, name)
        shown = getattr(row, f"get_{name}_display", lambda value=value: value)()
        yield Fact(name, capfirst(str(field.verbose_name)), _plain(value), _readable(shown))
    for name, (label, get) in holding.derived.items():
        value = get(row)
        yield Fact(name, capfirst(str(label)), _plain(value), _readable(value))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value


def _readable(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, datetime):
        return f"{moment(value.astimezone(timezone.get_default_timezone()), 'H:i:s')} UTC"
    if isinstance(value, dict):
        return separated(f"{key} ({one})" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return separated(map(str, value))
    return str(value)
