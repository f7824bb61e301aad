"""What a table of transitions is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

State = TypeVar("State", bound=str)


class Rule(NamedTuple, Generic[State]):
    """From which states a transition may come, and where it leads."""

    sources: Sequence[State]
    target: State
