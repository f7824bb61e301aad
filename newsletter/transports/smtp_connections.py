"""A connection to the relay: how it is opened, and letters on their way over it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Self, TypeVar, cast

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import Explained, Result
from newsletter.transports.smtp_handshake import Features, Relay, greeted, signed_in
from newsletter.transports.smtp_lines import Endpoint, Line
from newsletter.transports.smtp_replies import Lost, Replies, Reply
from newsletter.transports.smtp_session import BODY, DATA, DONE, END, READY, Letter, Phase, Session
from newsletter.transports.wire import END_OF_DATA
from subscribers.channels import Channel

T = TypeVar("T")
#: Yields the event of the socket that it waits for.
Waiting = Generator[int, None, T]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for the relay, by what for (RFC 5321 §4.5.3.2).

    After the last moment to begin a message, one `body` and one `end` may have to be waited
    for: together they fit into what is then left of a batch's lease.
    """

    connect: float = 30
    #: The greeting, the TLS handshake, and every command but DATA.
    command: float = 60
    #: DATA, before which many relays look the recipient up.
    data: float = 120
    #: Until all of a message is written.
    body: float = 120
    #: The reply to it: giving up too soon makes messages unknown that were accepted.
    end: float = 180

    @classmethod
    def of(cls, channel: Channel) -> Self:
        """At most the timeout of `channel` for each, as long as giving up does no harm."""
        most = channel.timeout
        return cls(
            connect=min(cls.connect, most),
            command=min(cls.command, most),
            data=min(cls.data, most),
        )

    def during(self, phase: Phase) -> float:
        """How long `phase` may last."""
        if phase is READY or phase is DONE:
            return math.inf
        if phase is END:
            return self.end
        if phase is DATA:
            return self.data
        return self.body if phase is BODY else self.command


class Connection:
    """One connection, from dialling on.

    Its owner calls :meth:`go_on_opening` first, :meth:`handle` when the selector tells of it,
    and :meth:`expire` when its deadline has passed. Once one has raised, only :meth:`close` is
    left to call.
    """

    def __init__(
        self, relay: Relay, to: Sequence[Endpoint], selector: BaseSelector, timeouts: Timeouts
    ) -> None:
        self._relay = relay
        self._timeouts = timeouts
        self._selector = selector
        self._watched = 0
        self._line = Line()
        self._session = Session(Features())
        #: How many bytes of the line come before the end of the message on its way.
        self._end_at = math.inf
        #: When to give up, on the clock of :func:`time.monotonic`.
        self.deadline = math.inf
        #: Whether it came as far as to the first letter.
        self.is_open = False
        self._allowance = timeouts.connect
        self._opening = self._open(to)

    @property
    def idle(self) -> bool:
        """Whether it can begin with a letter."""
        return self.is_open and self._session.phase is DONE

    @property
    def phase(self) -> Phase:
        """What the letter on its way waits for; DONE where there is none."""
        return self._session.phase

    @property
    def letter(self) -> Letter:
        """The one on its way."""
        return self._session.letter

    @property
    def takes_following(self) -> bool:
        """Whether :meth:`hand_in` may be given another letter."""
        return self._session.takes_following

    def go_on_opening(self, *, late: bool = False) -> None:
        """Dial, to start with; then do what can be done now. Raises as :meth:`handle` does."""
        # What is watched next may be another socket.
        self._watch(0)
        try:
            event = self._opening.throw(TimeoutError()) if late else next(self._opening)
        except TimeoutError as error:
            raise Lost(obstacle=Obstacle.NO_ANSWER) from error
        except StopIteration:
            self.is_open = True
            self.deadline = math.inf
            self._watch(EVENT_READ)
        else:
            self.deadline = time.monotonic() + self._allowance
            self._watch(event)

    def handle(self, event: int, tell: Callable[[Result], None]) -> None:
        """Go on after `event` of the selector, and tell what that tells about letters.

        Raises:
            Lost: the connection is at its end.
            TransportMisconfigured: and so would any other be.
        """
        if not self.is_open:
            self.go_on_opening()
            return
        before = self.phase
        if event & EVENT_WRITE:
            self._write(b"")
        if event & EVENT_READ:
            for result in self._session.receive(self._line.read()):
                tell(result)
            self._write(self._session.answer())
        if self.phase is not before:
            self._start_waiting()

    def expire(self) -> None:
        """Give up what takes too long; raises as :meth:`handle` does."""
        if self.is_open:
            raise Lost(obstacle=Obstacle.NO_ANSWER)
        self.go_on_opening(late=True)

    def begin(self, letter: Letter) -> None:
        """Write the envelope of `letter`.

        Raises:
            Lost: the connection is at its end.
        """
        self._write(self._session.begin(letter))
        self._start_waiting()

    def hand_in(self, following: Letter | None = None) -> None:
        """Write the message of the letter on its way, and the envelope of `following`.

        Raises:
            Lost: the connection is at its end.
        """
        data = self.letter.data
        self._end_at = self._line.written + len(data) - len(END_OF_DATA)
        self._session.at(BODY)
        self._write(data + self._session.begin(following) if following else data)
        self._start_waiting()

    def close(self, why: Explained | None = None) -> tuple[list[Result], list[Letter]]:
        """Hang up; what is known of letters on their way, and those that have not left."""
        with suppress(Lost):
            if self.is_open and self.phase is DONE:
                self._line.write(b"QUIT\r\n")
        self._watch(0)
        self._line.close()
        return self._session.lost(why)

    def _write(self, data: bytes) -> None:
        try:
            all_written = self._line.write(data)
        finally:
            if self._line.written > self._end_at:
                self._end_at = math.inf
                self._session.at(END)
        self._watch(EVENT_READ if all_written else EVENT_READ | EVENT_WRITE)

    def _start_waiting(self) -> None:
        self.deadline = time.monotonic() + self._timeouts.during(self.phase)

    def _watch(self, events: int) -> None:
        if events == self._watched:
            return
        if not self._watched:
            self._selector.register(self._line, events, self)
        elif not events:
            self._selector.unregister(self._line)
        else:
            self._selector.modify(self._line, events, self)
        self._watched = events

    def _open(self, to: Sequence[Endpoint]) -> Waiting[None]:
        relay = self._relay
        yield from self._line.connect(to)
        self._allowance = self._timeouts.command
        if relay.tls:
            yield from self._line.encrypt(relay.tls_context, relay.host)
        yield from self._talk(greeted(relay))
        if relay.starttls:
            yield from self._line.encrypt(relay.tls_context, relay.host)
        self._session = Session((yield from self._talk(signed_in(relay))))

    def _talk(self, dialogue: Generator[bytes, Reply, T]) -> Waiting[T]:
        replies = Replies()
        saying = next(dialogue)
        while True:
            yield from self._line.say(saying)
            reply = yield from self._next_reply(replies)
            try:
                saying = dialogue.send(reply)
            except StopIteration as end:
                return cast(T, end.value)

    def _next_reply(self, replies: Replies) -> Waiting[Reply]:
        arrived: list[Reply] = []
        while not arrived:
            yield EVENT_READ
            arrived = list(replies.feed(self._line.read()))
        # Above all no word from before TLS may count as said over TLS.
        if len(arrived) > 1 or not replies.in_between:
            raise Lost(arrived[0].text, Obstacle.OUT_OF_TURN)
        return arrived[0]
