"""The ledger against what was really received, in both directions."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.ledger.tallying import differences
from newsletter.models import DeliveryState, Mailing

#: States in which a delivery may not have arrived anywhere.
NEVER_LEFT = (
    DeliveryState.EXCLUDED,
    DeliveryState.PLANNED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
)


class Truth:
    """What a sink noted in its file: a line of JSON for everything it took."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __len__(self) -> int:
        return self._path.read_bytes().count(b"\n") if self._path.exists() else 0

    def received(self) -> Counter[str]:
        """How many emails each address got."""
        return Counter(line["to"].lower() for line in self._lines())

    def mixed_up(self) -> int:
        """Copies that were not the one of their reader: a mark of its own goes with each."""
        owners: dict[str, set[str]] = defaultdict(set)
        marks: dict[str, set[str]] = defaultdict(set)
        for line in self._lines():
            mark = str(line.get("message_id") or line.get("d"))
            owners[mark].add(line["to"])
            marks[line["to"]].add(mark)
        return sum(len(found) - 1 for found in (*owners.values(), *marks.values()))

    def said_to_each(self) -> dict[str, list[Mapping[str, int]]]:
        """By address, what each copy was found to say."""
        said: dict[str, list[Mapping[str, int]]] = defaultdict(list)
        for line in self._lines():
            said[line["to"].lower()].append(line["says"])
        return said

    def _lines(self) -> list[dict[str, Any]]:
        text = self._path.read_text() if self._path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@dataclass(frozen=True)
class Tally:
    """How the two differ."""

    #: Owed, and received by nobody: accepted by the ledger alone, or never carried through.
    lost: int
    #: Received once too often.
    duplicated: int
    #: Received, though the ledger says that it did not leave or that it was not owed.
    wrong: int
    #: May have been received, as far as the ledger knows.
    unknown: int
    #: Resent because that was unknown: so many may be received twice.
    resent: int
    #: Refused or given up.
    refused: int
    skipped: int


def reckon(mailing: Mailing, truth: Truth, *, others: Collection[str] = ()) -> Tally:
    """Compare every delivery of `mailing` with `truth`; `others` got mail that is none of its."""
    received = truth.received()
    for other in others:
        received.pop(other, None)
    states = dict(mailing.deliveries.values_list("mailbox", "state"))
    resent = set(mailing.deliveries.filter(resends__gt=0).values_list("mailbox", flat=True))
    miscounted = sum(abs(one.number) for one in differences(mailing))
    unbalanced = abs(len(states) - (mailing.audience_size or 0)) + miscounted
    of = Counter(states.values())
    return Tally(
        lost=of[DeliveryState.PLANNED]
        + unbalanced
        + sum(s == DeliveryState.ACCEPTED and not received[m] for m, s in states.items()),
        duplicated=sum(number - 1 for number in received.values()),
        # A second copy that was refused says nothing of the first.
        wrong=sum(
            states.get(mailbox) in (None, *NEVER_LEFT)
            for mailbox, n in received.items()
            if n and mailbox not in resent
        )
        + truth.mixed_up(),
        unknown=of[DeliveryState.UNKNOWN],
        resent=len(resent),
        refused=of[DeliveryState.REJECTED] + of[DeliveryState.FAILED],
        skipped=of[DeliveryState.SKIPPED],
    )
