"""The contract between the ledger and whatever carries mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from newsletter.models.obstacles import Obstacle, obstacle_in_words
from newsletter.rendering.slots import Slot

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class OutgoingEdition:
    """What its readers have in common, with marks (:mod:`newsletter.rendering.slots`) in it.

    `html` and `text` are pieces, to be put together as they are. Many editions may share one; no
    piece ends in the middle of a mark or of a line break. For readers who want plain text there
    is no `html`.
    """

    language: str
    subject: str
    html: tuple[str, ...]
    text: tuple[str, ...]

    @property
    def size(self) -> int:
        """How long it is, in letters."""
        return sum(map(len, self.html)) + sum(map(len, self.text))


# A tuple, as :class:`Result` is: there are two for every mail that is ever sent.
class OutgoingMessage(NamedTuple):
    """One reader's copy of an edition."""

    delivery_id: int
    #: By which its batch knows its edition.
    edition: int
    address: str
    #: Without angle brackets; the same at every try, so that receivers can tell copies.
    message_id: str
    #: By which people find the subscription at the desk. It opens nothing.
    reference: str
    values: Mapping[Slot, str]
    #: The id of the message that it belongs under, in the mailbox of its reader; empty if none.
    in_reply_to: str = ""


@dataclass(frozen=True)
class OutgoingBatch:
    """What is handed over in one go: some editions of one mailing, and the copies to make of them.

    Copies of one edition stand side by side.
    """

    from_name: str
    from_address: str
    #: Somebody reads what arrives there: answers, and wishes to unsubscribe.
    reply_to: str
    list_id: str
    #: Pages about the newsletter, for everyone, by the headers that name them (RFC 2369).
    list_pages: Mapping[str, str]
    #: What Gmail counts complaints by: up to four words with colons between them, the last of
    #: which says who sends. The same for many readers.
    feedback_id: str
    editions: Mapping[int, OutgoingEdition]
    copies: Sequence[OutgoingMessage]


@dataclass(frozen=True)
class AboutToSend:
    """From here on the mail service may accept these copies, whatever happens to us."""

    delivery_ids: tuple[int, ...]


class Outcome(Enum):
    """What became of a copy, named by what to do next."""

    #: The mail service took it: done.
    ACCEPTED = "accepted"
    #: Refused for good, this address or this message: never try again.
    REJECTED = "rejected"
    #: Refused for now, and it is certain that nothing left: try again later.
    DEFERRED = "deferred"
    #: It may have left and may not: never try again blindly.
    UNKNOWN = "unknown"


class Result(NamedTuple):
    delivery_id: int
    outcome: Outcome
    #: The service's own words.
    detail: str = ""
    #: Seconds that the service asked to be left alone for, with what it put off.
    retry_after: float | None = None
    #: The ESP's id for the message.
    remote_id: str = ""
    #: The name of the message in the outbox.
    outbox_name: str = ""
    #: What we say of it ourselves: an :class:`~newsletter.models.obstacles.Obstacle`, or nothing.
    obstacle: str = ""


class Explained(Exception):
    """What came in the way: an obstacle, with another's `words` in it, or those alone.

    As text it is a sentence for the log. What is kept are the obstacle and the words.
    """

    def __init__(self, words: object = "", obstacle: Obstacle | str = "") -> None:
        super().__init__(words, obstacle)
        self.words = str(words)
        self.obstacle = str(obstacle)

    def __str__(self) -> str:
        return obstacle_in_words(self.obstacle, self.words)


@dataclass(frozen=True)
class Answered:
    """What one answer says of several copies. It is noted down as a whole or not at all."""

    results: Sequence[Result]


#: What a transport says while it carries a batch.
Event = AboutToSend | Result | Answered


def told_by(event: Event) -> Sequence[Result]:
    """The results in `event`."""
    match event:
        case Answered():
            return event.results
        case Result():
            return [event]
    return ()


def explained(delivery_id: int, outcome: Outcome, error: Explained) -> Result:
    """That a copy came to `outcome`, because of `error`."""
    return Result(delivery_id, outcome, error.words, obstacle=error.obstacle)


class TransportError(Explained):
    """Handing over cannot go on; copies without a result have not left the machine."""


class TransportMisconfigured(TransportError):
    """No try can succeed before a person mends the settings: stop the mailing and tell."""


class UnwritableMail(TransportMisconfigured, ValueError):
    """No mail can be written of this, for any reader: a person has to mend it first."""


def writing(write: Callable[P, T]) -> Callable[P, T]:
    """Of what writes mail: whatever keeps it from being written is an :class:`UnwritableMail`."""

    @wraps(write)
    def written(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return write(*args, **kwargs)
        except UnwritableMail:
            raise
        except (KeyError, ValueError) as error:
            raise UnwritableMail(error, Obstacle.UNWRITABLE) from error

    return written


class UnmailableAddress(Explained):
    """This one copy cannot be addressed to its reader; the others can."""


class TransportUnavailable(TransportError):
    """The service cannot be reached now: try again later."""


class TransportBusy(TransportError):
    """The service asks to be spared: try again later, and less at a time."""

    def __init__(
        self,
        words: object = "",
        retry_after: float | None = None,
        *,
        obstacle: Obstacle | str = "",
    ) -> None:
        super().__init__(words, obstacle)
        #: Seconds that it asked to be left alone for, if it said so.
        self.retry_after = retry_after


#: Says until when copies may be begun, on the clock of :func:`time.monotonic`. The moment may
#: move on between two questions, and may be over at any of them.
Until = Callable[[], float]


class Transports(Protocol):
    """Those of all channels. Used by one thread at a time."""

    def of(self, channel: str) -> Transport:
        """The one that carries the mail of `channel`.

        Raises:
            NoSuchChannel: this installation does not have it.
        """
        ...


class Transport(Protocol):
    """Carries batches. Used by one thread at a time."""

    #: How many copies one batch may hold, and how many at least where there are enough: a
    #: smaller one would gain nothing, however slow it is.
    batch_size: int
    smallest_batch: int

    def hand_over(self, batch: OutgoingBatch, *, until: Until) -> Iterator[Event]:
        """Send every copy of `batch`, saying before and after what is done to each.

        A copy is announced by :class:`AboutToSend` before the first byte with which the service
        could accept it, and the generator does not go on until the caller asks for more: what
        the caller notes down in between is known to be noted first. Its :class:`Result`
        follows as soon as it is known.

        No copy is begun after `until`, which is asked ahead of each and once more when the
        caller has noted it: the process may have stood still meanwhile. Once the
        generator has ended, by itself or with an error below, copies without a result have
        not left. If it never ends, that is certain only of those that were not announced.

        Raises:
            TransportMisconfigured: the settings cannot work.
            TransportUnavailable: nobody answers.
            TransportBusy: there is an answer, and it asks for a pause.
        """
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...
