"""From an edition to what one reader, or anyone, gets of it: the one place that fills slots.

Transports put the values that are each reader's own into the bytes they send, and nothing else.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from newsletter.rendering.fragments import Piece
from newsletter.rendering.slots import (
    Slot,
    cut_at_shared,
    fill,
    fill_html,
    fill_shared,
    fill_shared_html,
    for_anyone,
    for_reader,
)
from subscribers import days
from subscribers.collation import in_order
from subscribers.listing import listed


class SomeEdition(Protocol):
    """What a composed and a stored edition have in common."""

    @property
    def language(self) -> str: ...
    @property
    def mail_format(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class MailParts:
    """The subject and both parts of a mail."""

    subject: str
    html: str
    text: str


def pieces_for_readers(
    pieces: Iterable[Piece], shared: Mapping[Slot, str], *, markup: bool
) -> tuple[str, ...]:
    """`pieces` of an edition as its readers get them; their own marks remain.

    `shared` are the addresses that they have in common, by their slots. What is around these
    stays a fragment that other editions have too.
    """
    values = {slot: html.escape(value) if markup else value for slot, value in shared.items()}
    said: list[str] = []
    for piece in pieces:
        cut = _cut(piece) if isinstance(piece, str) else piece.for_readers
        if len(cut) == 1 and not isinstance(cut[0], Slot):
            said.append(cut[0])
            continue
        said += [values[one] if isinstance(one, Slot) else one for one in cut]
    return tuple(said)


def _cut(piece: str) -> Sequence[str]:
    # Most of what one edition says alone has no marks.
    return (piece,) if piece.isascii() else cut_at_shared(piece)


def shared_by_readers(edition: SomeEdition, shared: Mapping[Slot, str]) -> MailParts:
    """What the copies of all readers of `edition` have in common; their own marks remain.

    `shared` are the addresses that they have in common, by their slots.
    """
    return MailParts(
        subject=fill_shared(edition.subject, shared),
        html=fill_shared_html(for_reader(edition.html), shared),
        text=fill_shared(for_reader(edition.text), shared),
    )


def readers_copy(shared: MailParts, values: Mapping[Slot, str]) -> MailParts:
    """The copy of the reader whose values these are.

    Raises:
        KeyError: a value is missing.
    """
    return MailParts(
        subject=fill(shared.subject, values),
        html=fill_html(shared.html, values),
        text=fill(shared.text, values),
    )


def anyones_copy(edition: SomeEdition, shared: Mapping[Slot, str]) -> MailParts:
    """`edition` without anything that is its reader's own; with the addresses that all share."""
    return MailParts(
        subject=edition.subject,
        html=fill_html(for_anyone(edition.html), shared),
        text=fill(for_anyone(edition.text), shared),
    )


class ReadersValues:
    """The values of readers in the language that is active: each is put into words once."""

    def __init__(self) -> None:
        self._choices: dict[tuple[str, ...], str] = {}
        self._days: dict[date, str] = {}

    def of(
        self,
        *,
        unsubscribe_url: str,
        preferences_url: str,
        regions: Iterable[str],
        subscribed_on: date,
    ) -> dict[Slot, str]:
        """Of the reader who subscribed on that day and chose `regions` (names)."""
        return {
            Slot.UNSUBSCRIBE_URL: unsubscribe_url,
            Slot.PREFERENCES_URL: preferences_url,
            Slot.CHOSEN_REGIONS: self._choice(tuple(regions)),
            Slot.SUBSCRIBED_ON: self._day(subscribed_on),
        }

    def _choice(self, regions: tuple[str, ...]) -> str:
        if regions not in self._choices:
            self._choices[regions] = listed(in_order(regions))
        return self._choices[regions]

    def _day(self, day: date) -> str:
        if day not in self._days:
            self._days[day] = days.day(day)
        return self._days[day]
