"""Email service providers, through Anymail."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from anymail.message import AnymailMessage
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import (
    AboutToSend,
    Explained,
    Outcome,
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    Result,
    TransportBusy,
    TransportError,
    TransportUnavailable,
    UnmailableAddress,
    Until,
    explained,
)
from newsletter.transports.esp_capabilities import Merge, capabilities
from newsletter.transports.esp_connections import open_connection
from newsletter.transports.esp_messages import (
    alone,
    can_merge,
    mergeable,
    together,
)
from newsletter.transports.esp_outcomes import CallRefused, results_after, results_in
from newsletter.transports.messages import refuse_to_show_addresses
from subscribers.channels import Channel

#: Seconds that a call is held back for when the ESP asks to; longer, and it is put off.
LONGEST_PAUSE = 5.0
#: How often one call is held back before it is put off all the same.
MOST_PAUSES = 3
#: After so many calls in a row without a clear answer no other is made, for each leaves mail
#: behind of which nobody knows what became.
MOST_UNCLEAR = 3


class EspTransport:
    """The ESP of a channel: one call for many readers where it can be, else one for each.

    An ESP that asks for it is left alone: what its answer was about is put off, with the
    seconds it named, and the rest of the batch ends with :class:`TransportBusy`. After several
    calls in a row that were not answered clearly it ends with :class:`TransportUnavailable`.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._esp = capabilities(channel)
        # A merged call takes as long for few as for many.
        self.batch_size = self.smallest_batch = self._esp.merge.limit if self._esp.merge else 50
        self._connection: BaseEmailBackend | None = None
        self._unclear = 0

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[AboutToSend | Result]:
        self._open()
        for edition, copies in groupby(batch.copies, attrgetter("edition")):
            yield from self._hand_edition(batch, batch.editions[edition], [*copies], until)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> BaseEmailBackend:
        if self._connection is None:
            self._connection = open_connection(self._esp, self._channel)
        return self._connection

    def _hand_edition(
        self,
        batch: OutgoingBatch,
        edition: OutgoingEdition,
        copies: Sequence[OutgoingMessage],
        until: Until,
    ) -> Iterator[AboutToSend | Result]:
        """Make as few calls as can be for `copies`, all of them of `edition`."""
        merge = self._esp.merge
        if merge and len(copies) > 1 and can_merge(edition, merge):
            merged, copies = mergeable(copies)
            for start in range(0, len(merged), merge.limit):
                part = merged[start : start + merge.limit]
                yield from self._hand_together(batch, part, merge, until)
        for copy in copies:
            yield from self._hand_alone(batch, copy, until)

    def _hand_together(
        self, batch: OutgoingBatch, copies: Sequence[OutgoingMessage], merge: Merge, until: Until
    ) -> Iterator[AboutToSend | Result]:
        """Make one call for all of `copies`; for halves where one address spoils the call."""
        if len(copies) == 1:
            yield from self._hand_alone(batch, copies[0], until)
            return
        if time.monotonic() >= until():
            return
        message = together(batch, copies, self._esp, merge)
        yield AboutToSend(tuple(copy.delivery_id for copy in copies))
        try:
            yield from self._call(message, copies, until)
        except CallRefused:
            middle = len(copies) // 2
            yield from self._hand_together(batch, copies[:middle], merge, until)
            yield from self._hand_together(batch, copies[middle:], merge, until)

    def _hand_alone(
        self, batch: OutgoingBatch, copy: OutgoingMessage, until: Until
    ) -> Iterator[AboutToSend | Result]:
        if time.monotonic() >= until():
            return
        try:
            message = alone(batch, copy, self._esp)
        except UnmailableAddress as error:
            yield explained(copy.delivery_id, Outcome.REJECTED, error)
            return
        yield AboutToSend((copy.delivery_id,))
        yield from self._call(message, [copy], until)

    def _call(
        self, message: AnymailMessage, copies: Sequence[OutgoingMessage], until: Until
    ) -> Iterator[Result]:
        """Make the call, once more where that is safe, and say what it came to."""
        # Looked at again: nobody knows how long it took to note the copies down.
        if time.monotonic() >= until():
            return
        results = self._try_with_pauses(message, copies, until)
        if self._esp.idempotency and _is_unclear(results) and time.monotonic() < until():
            results = yield from self._ask_again(message, copies, results, until)
        yield from results
        self._stop_if_told(results)

    def _try_with_pauses(
        self, message: AnymailMessage, copies: Sequence[OutgoingMessage], until: Until
    ) -> list[Result]:
        for _pause in range(MOST_PAUSES):
            results = self._try(message, copies)
            pause = results[0].retry_after
            if pause is None or pause > LONGEST_PAUSE or time.monotonic() + pause >= until():
                return results
            time.sleep(pause)
            if time.monotonic() >= until():
                return results
        return self._try(message, copies)

    def _try(self, message: AnymailMessage, copies: Sequence[OutgoingMessage]) -> list[Result]:
        refuse_to_show_addresses(message, merges=self._esp.merge is not None)
        try:
            sent = self._open().send_messages([message])
        except Exception as error:
            return results_after(error, message, copies, self._esp)
        if not sent:
            withheld = Explained(obstacle=Obstacle.WITHHELD)
            return [explained(copy.delivery_id, Outcome.REJECTED, withheld) for copy in copies]
        return results_in(message, copies, self._esp)

    def _ask_again(
        self,
        message: AnymailMessage,
        copies: Sequence[OutgoingMessage],
        first: list[Result],
        until: Until,
    ) -> Generator[Result, None, list[Result]]:
        """Repeat a call that was not answered clearly, with its key: it is not sent twice.

        Only that it was taken is news: a refusal may come from what stands before the ESP and
        knows nothing of the first call.
        """
        try:
            second = self._try_with_pauses(message, copies, until)
        except TransportError:
            # Those without a result have not left, and of these it is not known.
            yield from first
            raise
        return second if second[0].outcome is Outcome.ACCEPTED else first

    def _stop_if_told(self, results: Sequence[Result]) -> None:
        if results[0].outcome is Outcome.DEFERRED:
            said = results[0]
            raise TransportBusy(said.detail, said.retry_after, obstacle=said.obstacle)
        self._unclear = self._unclear + 1 if _is_unclear(results) else 0
        if self._unclear >= MOST_UNCLEAR:
            self._unclear = 0
            raise TransportUnavailable(results[0].detail, results[0].obstacle or Obstacle.UNCLEAR)


def _is_unclear(results: Sequence[Result]) -> bool:
    return all(result.outcome is Outcome.UNKNOWN for result in results)
