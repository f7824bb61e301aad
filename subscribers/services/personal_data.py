"""What is held about a person, table by table: how it is found, shown and erased.

Each app registers its own holdings when it starts, so this one need not know who else keeps
something about its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Model, Value
from django.db.models.functions import Cast, Concat
from django.utils.functional import Promise

#: No mail server answers for it (RFC 2606).
ERASED_DOMAIN = "erased.invalid"


def stand_in(subscriber_id: int) -> str:
    """The address that stands in for that of an erased subscriber: as unique, and nobody's."""
    return f"erased-{subscriber_id}@{ERASED_DOMAIN}"


def stand_in_for(column: str) -> Concat:
    """The same for the subscriber whose id is in `column`, as an expression."""
    number = Cast(F(column), CharField())
    return Concat(Value("erased-"), number, Value(f"@{ERASED_DOMAIN}"), output_field=CharField())


#: The id of a person who is no subscriber: no row has it.
NO_SUBSCRIBER = 0


@dataclass(frozen=True)
class Person:
    """A subscriber as they are known before they are erased, or who is known by address alone."""

    id: int
    address: str
    mailbox: str

    @classmethod
    def by_address(cls, address: str) -> Person:
        """The person behind a normalised `address` that no subscriber has."""
        return cls(NO_SUBSCRIBER, address, address.lower())


@dataclass(frozen=True)
class Leaving:
    """People who are being erased."""

    people: Sequence[Person]
    #: The ids of those whom rows refer to that stay, so that counts stay true.
    bound: frozenset[int] = frozenset()

    @property
    def ids(self) -> list[int]:
        return [person.id for person in self.people]

    @property
    def unbound(self) -> list[int]:
        return [person.id for person in self.people if person.id not in self.bound]

    @property
    def mailboxes(self) -> list[str]:
        return [person.mailbox for person in self.people]


def _none_of(_leaving: Leaving) -> frozenset[int]:
    return frozenset()


@dataclass(frozen=True)
class Holding:
    """What one table, or folder, holds about readers."""

    #: Its name in an export, for programs and for people.
    key: str
    title: str | Promise
    rows: Callable[[Person], Iterable[Any]]
    erase: Callable[[Leaving], object]
    #: How long its rows stay if nobody asks for anything, in words for the documentation.
    kept: str
    model: type[Model] | None = None
    #: Columns that an export shows as they are, and others that say nothing of the person.
    shown: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    #: What an export shows besides: by name, what it is called and what it is.
    derived: Mapping[str, tuple[str | Promise, Callable[[Any], object]]] = field(
        default_factory=dict
    )
    #: Those of these who cannot be erased at this moment, because something of theirs is in use.
    in_use: Callable[[Leaving], frozenset[int]] = _none_of
    #: Those of these who are referred to by rows of it that stay.
    binds: Callable[[Leaving], frozenset[int]] = _none_of


_HOLDINGS: dict[str, Holding] = {}


def register(*holdings: Holding) -> None:
    """Let exports show `holdings` and erasures empty them."""
    for holding in holdings:
        _HOLDINGS[holding.key] = holding


def is_known(person: Person) -> bool:
    """Whether anything is held about `person`."""
    return any(True for holding in all_holdings() for _row in holding.rows(person))


def all_holdings() -> list[Holding]:
    """All that is registered, in that order."""
    return list(_HOLDINGS.values())
