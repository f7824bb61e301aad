"""Email service providers, through Anymail."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from django.core.mail.backends.base import BaseEmailBackend

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import (
    AboutToSend,
    Answered,
    Event,
    Outcome,
    OutgoingBatch,
    Result,
    TransportBusy,
    TransportError,
    TransportUnavailable,
    Until,
)
from newsletter.transports.esp_calls import Answer, Call, Calls
from newsletter.transports.esp_capabilities import Esp, capabilities
from newsletter.transports.esp_connections import open_connection
from newsletter.transports.esp_lines import MOST_LINES, Line, Lines, is_unclear
from newsletter.transports.esp_outcomes import CallRefused
from subscribers.channels import Channel

#: After so many calls in a row without a clear answer no other is made, for each leaves mail
#: behind of which nobody knows what became.
MOST_UNCLEAR = 3
#: Calls for many readers in one batch; or as many as a thousand readers take.
CALLS, MANY = 2, 1_000
#: Copies in a batch of calls for one reader each, at most, and at least.
SINGLE_CALLS = 200, 50


class EspTransport:
    """The ESP of a channel: one call for many readers where it can be, else one for each.

    While it answers clearly, more and more calls are on their way at once. An ESP that asks for it
    is left alone: what its answer was about is put off, with the seconds it named, and the rest of
    the batch ends with :class:`TransportBusy`. After several calls in a row that were not
    answered clearly it ends with :class:`TransportUnavailable`.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._esp = capabilities(channel)
        self.batch_size, self.smallest_batch = batch_sizes(self._esp)
        #: What calls are laid out by, and the first of them made.
        self._backend: BaseEmailBackend | None = None
        self._lines = Lines(self._new_line)
        #: How many calls may be on their way.
        self._at_once = 1
        self._streak = Streak()

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[Event]:
        if self._backend is None:
            self._backend = open_connection(self._esp, self._channel)
            self._lines.add(Line(self._esp, self._backend))
        todo = _ToDo(Calls(batch, self._esp, self._backend))
        self._streak.forget_unanswered()
        try:
            while (call := self._next(todo, until)) or self._lines:
                if call is None:
                    yield from self._land(todo)
                elif isinstance(call, Result):
                    yield call
                else:
                    yield AboutToSend(tuple(copy.delivery_id for copy in call.copies))
                    # Looked at again: nobody knows how long it took to note the copies down.
                    if time.monotonic() < until():
                        self._begin(call, todo, until)
        finally:
            self._lines.wait()
        if todo.stop is not None:
            raise todo.stop

    def close(self) -> None:
        self._lines.close()
        self._backend = None

    def _new_line(self) -> Line:
        return Line(self._esp, open_connection(self._esp, self._channel))

    def _next(self, todo: _ToDo, until: Until) -> Call | Result | None:
        """What is to be begun now; None if nothing is, or not before another call is back."""
        # The values of so many readers as there may be in memory are on their way.
        full = len(self._lines) >= self._at_once or self._lines.readers >= MANY
        return None if full or time.monotonic() >= until() else todo.next()

    def _begin(self, call: Call, todo: _ToDo, until: Until) -> None:
        try:
            self._lines.begin(call, until)
        except TransportError as error:
            # There is no other line; what is on its way is still to be heard of.
            todo.stop = error
        else:
            self._streak.begun(call)

    def _land(self, todo: _ToDo) -> Iterator[Event]:
        """Wait for a call to be back, and say what it came to."""
        call, future = self._lines.next_answer()
        answer = todo.answer_of(call, future)
        if answer.results:
            yield Answered(answer.results)
        todo.stop = todo.stop or answer.error or self._why_stop(call, answer.results)

    def _why_stop(self, call: Call, results: Sequence[Result]) -> TransportError | None:
        put_off = next((one for one in results if one.outcome is Outcome.DEFERRED), None)
        unclear = is_unclear(results)
        is_too_long = self._streak.answered(call, unclear=unclear)
        self._at_once = 1 if unclear or put_off else min(2 * self._at_once, MOST_LINES)
        if put_off:
            return TransportBusy(put_off.detail, put_off.retry_after, obstacle=put_off.obstacle)
        if not is_too_long:
            return None
        return TransportUnavailable(results[0].detail, results[0].obstacle or Obstacle.UNCLEAR)


class Streak:
    """Calls in a row that were not answered clearly: in the row in which they were begun, for
    answers overtake each other."""

    def __init__(self) -> None:
        self._length = 0
        #: Calls whose turn has not come, and whether those that are back were unclear.
        self._begun: deque[object] = deque()
        self._back: dict[int, bool] = {}

    def begun(self, call: object) -> None:
        self._begun.append(call)

    def answered(self, call: object, *, unclear: bool) -> bool:
        """Note how `call` was answered; whether the row was :data:`MOST_UNCLEAR` long by now.

        It begins anew then.
        """
        self._back[id(call)] = unclear
        is_too_long = False
        while self._begun and id(self._begun[0]) in self._back:
            was_unclear = self._back.pop(id(self._begun.popleft()))
            self._length = self._length + 1 if was_unclear else 0
            is_too_long |= self._length >= MOST_UNCLEAR
        self._length = 0 if is_too_long else self._length
        return is_too_long

    def forget_unanswered(self) -> None:
        """Calls of an earlier batch whose answers nobody waited for."""
        self._begun.clear()
        self._back.clear()


class _ToDo:
    """The calls of one batch that are still to be made, and why no other is."""

    def __init__(self, calls: Calls) -> None:
        self.stop: TransportError | None = None
        self._calls = iter(calls)
        self._halves: deque[Call | Result] = deque()

    def next(self) -> Call | Result | None:
        if self.stop is not None:
            return None
        if self._halves:
            return self._halves.popleft()
        try:
            return next(self._calls, None)
        except TransportError as error:
            self.stop = error
            return None

    def answer_of(self, call: Call, future: Future[Answer]) -> Answer:
        """What `call` came to. Where one address may have spoilt it, its halves are to be made."""
        try:
            return future.result()
        except CallRefused as refused:
            halves = call.halves()
            self._halves.extend(halves)
            return Answer([] if halves else rejected(call, refused))
        except TransportError as error:
            return Answer([], error)


def rejected(call: Call, refused: CallRefused) -> list[Result]:
    return [Result(one.delivery_id, Outcome.REJECTED, str(refused)) for one in call.copies]


def batch_sizes(esp: Esp) -> tuple[int, int]:
    """How many copies a batch for `esp` has at most, and at least.

    Where a key is of all messages of a call, a batch is one call: it is asked about as a whole.
    """
    if esp.distinct and esp.idempotency:
        return esp.distinct.limit, esp.distinct.limit
    if in_a_call := esp.merge or esp.distinct:
        size = CALLS * in_a_call.limit
        return max(size, MANY), size
    return SINGLE_CALLS
