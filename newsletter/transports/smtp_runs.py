"""What one hand-over over SMTP has to do, and what there is to tell of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator

from newsletter.transports.base import (
    Explained,
    Outcome,
    OutgoingBatch,
    OutgoingMessage,
    Result,
    TransportError,
    UnmailableAddress,
    Until,
    UnwritableMail,
    explained,
)
from newsletter.transports.dkim import signer_for
from newsletter.transports.smtp_session import Letter
from newsletter.transports.wire import END_OF_DATA, Compiled

#: How many connections may be lost with one letter on its way before it is left for later.
MAX_LOSSES = 2


class BatchRun:
    """The copies of one batch that have to be begun, and results that have to be told."""

    def __init__(self, batch: OutgoingBatch, until: Until) -> None:
        self._compiled = Compiled(batch)
        self._signer = signer_for(self._compiled.sender)
        self.until = until
        self._copies = deque(batch.copies)
        self._again: deque[Letter] = deque()
        self._results: deque[Result] = deque()
        self._stopped: TransportError | None = None

    @property
    def goes_on(self) -> bool:
        """Whether letters may be begun."""
        return self._stopped is None and time.monotonic() < self.until()

    @property
    def waiting(self) -> int:
        """How many letters there are to begin."""
        return len(self._again) + len(self._copies) if self.goes_on else 0

    def next_message(self) -> Letter | None:
        """The next letter to begin, if there is one; copies that make none are told."""
        if not self.goes_on:
            return None
        if self._again:
            return self._again.popleft()
        while self._copies:
            copy = self._copies.popleft()
            try:
                data = self._write(copy)
            except UnmailableAddress as error:
                self.report(explained(copy.delivery_id, Outcome.REJECTED, error))
            except UnwritableMail as error:
                self.stop(error)
                return None
            else:
                return Letter(copy.delivery_id, self._compiled.sender, copy.address, data)
        return None

    def _write(self, copy: OutgoingMessage) -> bytes:
        if self._signer is None:
            return self._compiled.smtp_data(copy)
        message = self._compiled.message(copy)
        return self._signer.signature(message) + message + END_OF_DATA

    def requeue(self, letters: Iterable[Letter], why: Explained) -> None:
        """Have `letters`, which have not left, begun once more.

        One that a connection was lost with again is put off: it may be the letter.
        """
        for letter in letters:
            if letter.losses < MAX_LOSSES:
                self._again.append(letter)
            else:
                self.report(explained(letter.delivery_id, Outcome.DEFERRED, why))

    def report(self, result: Result) -> None:
        self._results.append(result)

    def results(self) -> Iterator[Result]:
        """The results that nobody was told yet."""
        while self._results:
            yield self._results.popleft()

    def stop(self, error: TransportError) -> None:
        """Begin nothing more, because of `error`."""
        self._stopped = self._stopped or error

    def raise_if_stopped(self) -> None:
        """Raise what kept copies from being sent, if anything but time did."""
        if self._stopped:
            raise self._stopped
