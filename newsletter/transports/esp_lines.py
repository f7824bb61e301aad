"""Lines to an ESP: over each, one call is made at a time, with pauses and once more if need be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.core.mail.backends.base import BaseEmailBackend

from newsletter.transports.base import Outcome, Result, TransportError, Until
from newsletter.transports.esp_calls import Answer, Call
from newsletter.transports.esp_capabilities import Esp
from newsletter.transports.esp_outcomes import CallRefused

#: Calls of one worker that are on their way at once, at most.
MOST_LINES = 8
#: Seconds that a call is held back for when the ESP asks to; longer, and it is put off.
LONGEST_PAUSE = 5.0
#: How often one call is held back before it is put off all the same.
MOST_PAUSES = 3


class Line:
    """One connection to the ESP."""

    def __init__(self, esp: Esp, backend: BaseEmailBackend) -> None:
        self._esp = esp
        self._backend = backend

    def carry(self, call: Call, until: Until) -> Answer:
        """Make `call`, once more where that is safe, and say what it came to.

        Raises:
            CallRefused: it was for several readers, and one of them may be the reason.
            TransportError: nothing of it left.
        """
        answer = self._try_with_pauses(call, until)
        if self._esp.idempotency and is_unclear(answer.results) and time.monotonic() < until():
            return self._ask_again(call, answer, until)
        return answer

    def close(self) -> None:
        self._backend.close()

    def _try_with_pauses(self, call: Call, until: Until) -> Answer:
        for _pause in range(MOST_PAUSES):
            answer = call.make(self._backend)
            pause = _asked_for(answer.results)
            if pause is None or pause > LONGEST_PAUSE or time.monotonic() + pause >= until():
                return answer
            time.sleep(pause)
            if time.monotonic() >= until():
                return answer
        return call.make(self._backend)

    def _ask_again(self, call: Call, first: Answer, until: Until) -> Answer:
        """Repeat a call that was not answered clearly, with its key: it is not sent twice.

        Only that it was taken is news: a refusal may come from what stands before the ESP and
        knows nothing of the first call.
        """
        try:
            second = self._try_with_pauses(call, until)
        except CallRefused:
            return first
        except TransportError as error:
            # Those without a result have not left, and of these it is not known.
            return Answer(first.results, error)
        taken = any(result.outcome is Outcome.ACCEPTED for result in second.results)
        return second if taken else first


def is_unclear(results: Sequence[Result]) -> bool:
    return bool(results) and all(result.outcome is Outcome.UNKNOWN for result in results)


def _asked_for(results: Sequence[Result]) -> float | None:
    """Seconds to wait before a call that was put off as a whole."""
    put_off = all(result.outcome is Outcome.DEFERRED for result in results)
    return results[0].retry_after if results and put_off else None


class Lines:
    """As many lines as are needed, each used by one thread at a time."""

    def __init__(self, open_line: Callable[[], Line]) -> None:
        self._open_line = open_line
        self._free: list[Line] = []
        self._threads: ThreadPoolExecutor | None = None
        self._busy: dict[Future[Answer], Call] = {}

    def __len__(self) -> int:
        """How many calls are on their way."""
        return len(self._busy)

    @property
    def readers(self) -> int:
        """How many readers these are for."""
        return sum(len(call.copies) for call in self._busy.values())

    def add(self, line: Line) -> None:
        self._free.append(line)

    def begin(self, call: Call, until: Until) -> None:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MOST_LINES, thread_name_prefix="esp")
        line = self._free.pop() if self._free else self._open_line()
        self._busy[self._threads.submit(self._carry, line, call, until)] = call

    def next_answer(self) -> tuple[Call, Future[Answer]]:
        """A call that is back, once there is one."""
        done, _others = wait(self._busy, return_when=FIRST_COMPLETED)
        future = next(iter(done))
        return self._busy.pop(future), future

    def wait(self) -> None:
        """Until no call is on its way. What they came to is lost."""
        wait(self._busy)
        self._busy.clear()

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None
        while self._free:
            self._free.pop().close()

    def _carry(self, line: Line, call: Call, until: Until) -> Answer:
        try:
            return line.carry(call, until)
        finally:
            self._free.append(line)
