"""What can go wrong with a mail on its way into a relay, and what is to go wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """What happens at one stage of a mail instead of what should."""

    stage: str
    #: What is said, if anything.
    answer: str = ""
    hangs_up: bool = False
    #: Whether the message is taken nevertheless.
    takes: bool = False
    #: Whether this happens after a long silence.
    stalls: bool = False
    #: Whether the relay then goes on as if nothing had been.
    goes_on: bool = False


FAULTS = {
    "greeting-421": Fault("greeting", "421 4.3.2 too many connections", hangs_up=True),
    "greeting-554": Fault("greeting", "554 5.3.2 no mail here", hangs_up=True),
    "greeting-close": Fault("greeting", hangs_up=True),
    "greeting-stall": Fault("greeting", "220 at last", stalls=True),
    "mail-close": Fault("mail", hangs_up=True),
    "mail-421": Fault("mail", "421 4.3.2 going down", hangs_up=True),
    "mail-451": Fault("mail", "451 4.3.0 later"),
    "mail-530": Fault("mail", "530 5.7.0 authentication required"),
    "rcpt-451": Fault("rcpt", "451 4.7.1 come back later"),
    "rcpt-550": Fault("rcpt", "550 5.1.1 no such mailbox"),
    "rcpt-550-354": Fault("rcpt", "550 5.1.1 no such mailbox", goes_on=True),
    "rcpt-close": Fault("rcpt", hangs_up=True),
    "rcpt-garbage": Fault("rcpt", "lp0 on fire"),
    "data-421": Fault("data", "421 4.3.2 going down", hangs_up=True),
    "data-451": Fault("data", "451 4.3.0 later"),
    "data-554": Fault("data", "554 5.7.1 not this one"),
    "data-stall": Fault("data", "354 at last", stalls=True, goes_on=True),
    "body-close": Fault("body", hangs_up=True),
    "end-421": Fault("end", "421 4.3.2 going down", hangs_up=True),
    "end-451": Fault("end", "451 4.3.0 later"),
    "end-554": Fault("end", "554 5.7.1 not this one"),
    "end-drop-close": Fault("end", hangs_up=True),
    "end-drop-stall": Fault("end", hangs_up=True, stalls=True),
    "end-accept-close": Fault("end", hangs_up=True, takes=True),
    "end-accept-garbage": Fault("end", "It shall be done.", takes=True),
    "end-accept-stall": Fault("end", "250 2.0.0 at last", takes=True, stalls=True),
}
NONE = Fault("")

_CALLED_FOR = re.compile(rf"mode-({'|'.join(sorted(FAULTS, key=len, reverse=True))})-")


@dataclass
class Plan:
    """What goes wrong, for whom and how often, and how the relay is otherwise."""

    mode: str = ""
    #: How often `mode` strikes; always, if not given.
    times: int | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    pipelining: bool = True
    #: Seconds before every answer, as over a long line.
    delay: float = 0.0
    #: Seconds of a stall.
    stall: float = 60.0

    def __post_init__(self) -> None:
        if unknown := {self.mode, *self.rates} - {"", *FAULTS}:
            raise ValueError(f"No such fault: {', '.join(sorted(unknown))}")
        self._random = random.Random(self.seed)  # noqa: S311 - chance, not secrets

    def fault_for(self, address: str) -> Fault:
        """What goes wrong from RCPT on with a message to `address`."""
        if called_for := _CALLED_FOR.match(address):
            return FAULTS[called_for[1]]
        return self.fault("rcpt", "data", "body", "end")

    def fault(self, *stages: str) -> Fault:
        """What goes wrong at one of `stages`."""
        lot = self._random.random()
        for name, rate in self.rates.items():
            if FAULTS[name].stage in stages:
                lot -= rate
                if lot < 0:
                    return FAULTS[name]
        if self.mode and FAULTS[self.mode].stage in stages and self.times != 0:
            if self.times is not None:
                self.times -= 1
            return FAULTS[self.mode]
        return NONE
