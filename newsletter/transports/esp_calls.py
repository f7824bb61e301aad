"""What calls a batch takes at an ESP: for many readers where it can be, else one for each."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from anymail.message import AnymailMessage
from anymail.signals import post_send, pre_send

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import (
    Explained,
    Outcome,
    OutgoingBatch,
    OutgoingMessage,
    Result,
    TransportError,
    TransportMisconfigured,
    UnmailableAddress,
    explained,
)
from newsletter.transports.esp_batches import Said, matched
from newsletter.transports.esp_capabilities import Esp, Merge
from newsletter.transports.esp_layout import Layout
from newsletter.transports.esp_messages import KEYS, alone, can_merge, mergeable, together
from newsletter.transports.esp_outcomes import results_after, results_in
from newsletter.transports.messages import refuse_to_show_addresses

#: So few readers of an edition are not worth a call of their own, where an ESP takes distinct
#: messages.
FEW = 10
#: A call of distinct messages has so many bytes, and one message more: several are in memory.
MOST_BYTES = 4_000_000


class Answer(NamedTuple):
    """What a call came to."""

    results: Sequence[Result]
    #: What keeps those of its copies that have no result.
    error: TransportError | None = None


@dataclass(frozen=True)
class Call(ABC):
    """One call, ready to be made any number of times."""

    copies: Sequence[OutgoingMessage]
    esp: Esp
    #: Makes such a call ready for some of its copies; None where they stand or fall together.
    for_some: ForSome | None

    @abstractmethod
    def make(self, backend: Any) -> Answer:
        """Make it, by a `backend` that nobody else uses meanwhile.

        Raises:
            CallRefused: it was for several readers, and one of them may be the reason.
            TransportError: nothing of it left.
        """

    def halves(self) -> list[Call | Result]:
        """Calls for its first and its second half; none where they stand or fall together."""
        if self.for_some is None:
            return []
        middle = len(self.copies) // 2
        return [self.for_some(self.copies[:middle]), self.for_some(self.copies[middle:])]


#: What is made ready for some copies: a call, or the result of a copy that none can be made for.
ForSome = Callable[[Sequence[OutgoingMessage]], Call | Result]


@dataclass(frozen=True)
class AnymailCall(Call):
    """A message as Anymail sends it: for one reader, or for several of the same edition."""

    message: AnymailMessage

    def make(self, backend: Any) -> Answer:
        refuse_to_show_addresses(self.message, merges=self.esp.merge is not None)
        try:
            sent = backend.send_messages([self.message])
        except Exception as error:
            return Answer(results_after(error, self.message, self.copies, self.esp))
        if not sent:
            withheld = Explained(obstacle=Obstacle.WITHHELD)
            return Answer(
                [explained(copy.delivery_id, Outcome.REJECTED, withheld) for copy in self.copies]
            )
        return Answer(results_in(self.message, self.copies, self.esp))


@dataclass(frozen=True)
class DistinctCall(Call):
    """Several messages, each with all that it says."""

    request: dict[str, Any]
    read: Callable[[Any, int], Sequence[Said]]

    def get_request_params(self, _api_url: str) -> dict[str, Any]:
        """What Anymail asks of what it posts."""
        return self.request

    def make(self, backend: Any) -> Answer:
        try:
            said = self._said(backend)
        except AnymailError as error:
            return Answer(results_after(error, AnymailMessage(), self.copies, self.esp))
        stays = next((one.detail for one in said if one.outcome is None), None)
        stop = TransportMisconfigured(stays, Obstacle.NOT_LET_IN) if stays is not None else None
        return Answer(matched(self.copies, said), stop)

    def _said(self, backend: Any) -> Sequence[Said]:
        response = backend.post_to_esp(self, AnymailMessage())
        try:
            return self.read(response.json(), len(self.copies))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # Refused as a whole, or taken and not answered as the ESP documents.
            raise AnymailRequestsAPIError(error, response=response, backend=backend) from error


class Calls:
    """The calls for one batch, each made ready when it is asked for."""

    def __init__(self, batch: OutgoingBatch, esp: Esp, backend: Any) -> None:
        self._batch = batch
        self._esp = esp
        # Who listens to Anymail is told of each message, and may withhold it.
        listened = pre_send.receivers or post_send.receivers
        distinct = None if listened else esp.distinct
        self._layout = Layout(batch, esp, distinct, backend) if distinct else None

    def __iter__(self) -> Iterator[Call | Result]:
        """Them, and the results of copies that none can be made for.

        Raises:
            UnwritableMail: no mail can be written, for any reader.
        """
        others: list[OutgoingMessage] = []
        for edition, group in groupby(self._batch.copies, attrgetter("edition")):
            copies = [*group]
            if merge := self._merge_for(edition, len(copies)):
                merged, copies = mergeable(copies)
                yield from map(self._together, chunks(merged, merge.limit))
            others += copies
        if self._layout:
            plain, others = mergeable(others)
            lay_out = partial(self._side_by_side, self._layout)
            yield from map(lay_out, self._cut(plain, self._layout.distinct.limit))
        yield from map(self._alone, chunks(others, 1))

    def _merge_for(self, edition: int, readers: int) -> Merge | None:
        """How the readers of `edition` are merged; None if they are not."""
        merge = self._esp.merge
        few = FEW if self._layout else 1
        fits = merge and readers > few and can_merge(self._batch.editions[edition], merge)
        return merge if fits else None

    def _cut(
        self, copies: Sequence[OutgoingMessage], limit: int
    ) -> Iterator[Sequence[OutgoingMessage]]:
        """`copies` as they go into calls."""
        if self._esp.idempotency:
            # By nothing but their number: at every try the same.
            yield from chunks(copies, limit)
            return
        start, size = 0, 0
        for place, copy in enumerate(copies):
            size += self._batch.editions[copy.edition].size
            if place + 1 - start == limit or size > MOST_BYTES:
                yield copies[start : place + 1]
                start, size = place + 1, 0
        if start < len(copies):
            yield copies[start:]

    def _together(self, copies: Sequence[OutgoingMessage]) -> Call | Result:
        """One message for all of `copies`, which are of one edition."""
        merge = self._esp.merge
        if len(copies) == 1 or merge is None:
            return self._alone(copies)
        message = together(self._batch, copies, self._esp, merge)
        return AnymailCall(copies, self._esp, self._together, message)

    def _alone(self, copies: Sequence[OutgoingMessage]) -> Call | Result:
        (copy,) = copies
        try:
            message = alone(self._batch, copy, self._esp)
        except UnmailableAddress as error:
            return explained(copy.delivery_id, Outcome.REJECTED, error)
        return AnymailCall(copies, self._esp, None, message)

    def _side_by_side(self, layout: Layout, copies: Sequence[OutgoingMessage]) -> Call:
        """A message for each of `copies`."""
        messages = [layout.message(copy) for copy in copies]
        keyed = self._esp.idempotency
        request = layout.request(messages, key_of_call(copies) if keyed else "")
        again = None if keyed else partial(self._side_by_side, layout)
        return DistinctCall(copies, self._esp, again, request, layout.distinct.read)


def chunks(copies: Sequence[OutgoingMessage], limit: int) -> Iterator[Sequence[OutgoingMessage]]:
    return (copies[start : start + limit] for start in range(0, len(copies), limit))


def key_of_call(copies: Sequence[OutgoingMessage]) -> str:
    """The same at every try of just these, in this order, and of no others."""
    return str(uuid.uuid5(KEYS, " ".join(copy.message_id for copy in copies)))
