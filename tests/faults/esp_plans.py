"""What can go wrong with a call to an ESP, and what is to go wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """What happens to a call instead of an answer in the usual way."""

    #: Answered with, unless it is the usual answer.
    status: int = 0
    #: Whether the mail of the call is taken nevertheless.
    takes: bool = False
    #: Whether the connection is reset instead of an answer.
    resets: bool = False
    #: Whether the answer breaks off in the middle.
    breaks_off: bool = False
    #: Whether there is a long silence first.
    stalls: bool = False
    #: Whether the answer is a page of HTML.
    is_page: bool = False
    #: Whether the readers of the call are answered last first.
    reverses: bool = False


#: What happens to a whole call.
FAULTS = {
    "400": Fault(400),
    "401": Fault(401),
    "403": Fault(403),
    "404": Fault(404),
    "429": Fault(429),
    "500": Fault(500),
    "500-taken": Fault(500, takes=True),
    "503-page": Fault(503, is_page=True),
    "502-page-taken": Fault(502, takes=True, is_page=True),
    "page": Fault(200, is_page=True),
    "page-taken": Fault(200, takes=True, is_page=True),
    "reset": Fault(resets=True),
    "reset-taken": Fault(resets=True, takes=True),
    "half-taken": Fault(breaks_off=True, takes=True),
    "stall": Fault(stalls=True, resets=True),
    "stall-taken": Fault(stalls=True, takes=True),
    "reversed": Fault(takes=True, reverses=True),
}
NONE = Fault(takes=True)

#: What happens to one reader of a call. "bad": their address spoils the call, or their part of it
#: where the ESP answers reader by reader. "refused": the ESP will not mail them. "missing": they
#: are mailed, and the answer does not say so.
READER_FAULTS = ("bad", "refused", "missing")

_NAMES = "|".join(sorted((*FAULTS, *READER_FAULTS), key=len, reverse=True))
_CALLED_FOR = re.compile(rf"mode-({_NAMES})-")


@dataclass
class Plan:
    """What goes wrong, for whom and how often, and how the ESP is otherwise."""

    shape: str
    mode: str = ""
    #: How often `mode` strikes; always, if not given.
    times: int | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    #: Seconds before every answer.
    latency: float = 0.0
    #: Seconds of a stall.
    stall: float = 60.0
    #: What Retry-After says with a 429; nothing, if empty.
    retry_after: str = "1"
    #: Seconds that idempotency keys are remembered for; as documented, if not given.
    remember: float | None = None

    def __post_init__(self) -> None:
        if unknown := {self.mode, *self.rates} - {"", *FAULTS, *READER_FAULTS}:
            raise ValueError(f"No such fault: {', '.join(sorted(unknown))}")
        self._random = random.Random(self.seed)  # noqa: S311 - chance, not secrets

    def fault_for(self, addresses: Iterable[str]) -> Fault:
        """What goes wrong with a call for `addresses`: what one of them asks for, or by lot.

        What an address asks for strikes `times` times, like `mode`.
        """
        for address in addresses:
            if (called_for := _CALLED_FOR.match(address)) and called_for[1] in FAULTS:
                return self._strike(called_for[1])
        if drawn := self._draw(FAULTS):
            return FAULTS[drawn]
        return self._strike(self.mode) if self.mode in FAULTS else NONE

    def reader_fault_for(self, address: str) -> str:
        """What goes wrong with this reader's part of a call; empty if nothing."""
        if (called_for := _CALLED_FOR.match(address)) and called_for[1] in READER_FAULTS:
            return called_for[1]
        return self._draw(READER_FAULTS) or (self.mode if self.mode in READER_FAULTS else "")

    def _draw(self, among: Iterable[str]) -> str:
        if not self.rates:
            return ""
        lot = self._random.random()
        for name, rate in self.rates.items():
            if name in among:
                lot -= rate
                if lot < 0:
                    return name
        return ""

    def _strike(self, name: str) -> Fault:
        if self.times is None:
            return FAULTS[name]
        if self.times == 0:
            return NONE
        self.times -= 1
        return FAULTS[name]
