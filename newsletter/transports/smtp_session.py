"""Mail after mail over one connection that is open and signed in, without sockets.

One recipient a message. What goes wrong is told by the phase in which it goes wrong: until
the end of the data is written, the relay cannot have taken the message; once a byte of it
is, only the relay's own answer tells (RFC 1047).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import (
    Explained,
    Outcome,
    Result,
    TransportMisconfigured,
    explained,
)
from newsletter.transports.smtp_handshake import Features
from newsletter.transports.smtp_replies import CLOSING, Lost, Replies, Reply
from newsletter.transports.wire import END_OF_DATA

GO_AHEAD = 354
#: The relay wants us signed in, or signed in better (RFC 4954 §6).
NOT_SIGNED_IN = {530, 534, 535, 538}

#: What the first digit of a reply to a whole message, or of a refusal, means for it.
OUTCOMES = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.REJECTED}


@dataclass(slots=True)
class Letter:
    """One message and its envelope."""

    delivery_id: int
    sender: str
    address: str
    #: As it follows DATA, with the dot that ends it.
    data: bytes
    #: How many connections were lost while it was the one on its way.
    losses: int = 0


class Phase(Enum):
    """What a transaction waits for."""

    #: The reply to each of the commands.
    RSET = "reset"
    MAIL = "sender"
    RCPT = "recipient"
    DATA = "data"
    #: That we write the message: the relay said to go ahead.
    READY = "ready"
    #: That we get to the end of the message: part of it may be written.
    BODY = "body"
    #: The reply to the message. Something of its end is written.
    END = "end"
    #: The reply to the end of a message to nobody, and of nothing.
    ABORT = "abort"
    DONE = "done"


# Names of their own: a look into an Enum is slow, and this is done for every reply.
RSET, MAIL, RCPT, DATA, READY, BODY, END, ABORT, DONE = Phase


class Transaction:
    """One letter on one connection."""

    def __init__(self, letter: Letter, features: Features, *, reset: bool) -> None:
        self.letter = letter
        self.phase = RSET if reset else MAIL
        self.result: Result | None = None
        #: Whether the relay still holds the envelope of it.
        self.left_open = False
        self._features = features
        self._pipelining = features.pipelining
        self._recipient_taken = False

    def first_commands(self) -> bytes:
        if not self._pipelining:
            return self._command(self.phase)
        commands = f"{self._mail_from()}{self._rcpt_to()}DATA\r\n".encode()
        return b"RSET\r\n" + commands if self.phase is RSET else commands

    def _command(self, phase: Phase) -> bytes:
        """What is said whose reply `phase` waits for."""
        if phase is MAIL:
            return self._mail_from().encode()
        if phase is RCPT:
            return self._rcpt_to().encode()
        return b"RSET\r\n" if phase is RSET else b"DATA\r\n"

    def _mail_from(self) -> str:
        if not self._features.size:
            return f"MAIL FROM:<{self.letter.sender}>\r\n"
        size = len(self.letter.data) - len(END_OF_DATA)
        return f"MAIL FROM:<{self.letter.sender}> SIZE={size}\r\n"

    def _rcpt_to(self) -> str:
        return f"RCPT TO:<{self.letter.address}>\r\n"

    def receive(self, reply: Reply) -> bytes:
        """Take the reply to what was written, and return what to write next, if anything.

        Raises:
            Lost: nobody knows what the relay means.
            TransportMisconfigured: it wants us signed in.
        """
        phase = self.phase
        if phase is MAIL:
            return self._go_on(reply, RCPT)
        if phase is RCPT:
            self._recipient_taken = reply.code // 100 == 2
            return self._go_on(reply, DATA)
        if phase is DATA:
            return self._go_ahead(reply)
        if phase is END:
            self._settle(reply)
        elif phase is RSET:
            if reply.code != 250:
                raise Lost(reply.text, Obstacle.NO_FRESH_START)
            return self._go_on(reply, MAIL)
        elif phase is ABORT:
            self.phase = DONE
        else:
            # The relay does not wait for the end: it refuses what it has seen so far.
            self._refuse(reply)
            raise Lost(reply.text, Obstacle.BROKEN_OFF)
        return b""

    def _go_on(self, reply: Reply, phase: Phase) -> bytes:
        if reply.code // 100 != 2:
            self._refuse(reply)
        if self._pipelining:
            self.phase = phase
            return b""
        if self.result:
            return self._give_up()
        self.phase = phase
        return self._command(phase)

    def _go_ahead(self, reply: Reply) -> bytes:
        if reply.code != GO_AHEAD:
            self._refuse(reply)
            return self._give_up()
        if self.result is None:
            self.phase = READY
            return b""
        if self._recipient_taken:
            raise Lost(obstacle=Obstacle.WOULD_BE_EMPTY)
        # It answered before it noticed that nobody is left to send to (RFC 2920 §3.1).
        self.phase = ABORT
        return END_OF_DATA

    def _give_up(self) -> bytes:
        self.phase = DONE
        self.left_open = True
        return b""

    def _refuse(self, reply: Reply) -> None:
        if reply.code in NOT_SIGNED_IN:
            raise TransportMisconfigured(reply.text, Obstacle.NOT_LET_IN)
        if reply.code < 400:
            raise Lost(reply.text, Obstacle.OUT_OF_TURN)
        # With pipelining, the commands that follow one that is refused are refused as well.
        self.result = self.result or self._told(OUTCOMES[reply.code // 100], reply.text)

    def _settle(self, reply: Reply) -> None:
        outcome = OUTCOMES.get(reply.code // 100)
        if outcome is None:
            raise Lost(reply.text, Obstacle.OUT_OF_TURN)
        self.result = self._told(outcome, reply.text)
        self.phase = DONE

    def lost(self, why: Explained | None) -> Result | None:
        """What is known of the letter when the connection is lost; None if it has not left."""
        if self.phase is END:
            return explained(self.letter.delivery_id, Outcome.UNKNOWN, why or Lost())
        return self.result

    def _told(self, outcome: Outcome, detail: str) -> Result:
        return Result(self.letter.delivery_id, outcome, detail)


class Session:
    """All transactions of one connection: one, or one and the envelope of the next."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._replies = Replies()
        self._transactions: deque[Transaction] = deque()
        self._reset = False
        self._answer = b""

    @property
    def phase(self) -> Phase:
        """What the connection waits for; DONE if for nothing."""
        return self._transactions[0].phase if self._transactions else DONE

    @property
    def letter(self) -> Letter:
        """The one that is on its way."""
        return self._transactions[0].letter

    @property
    def takes_following(self) -> bool:
        """Whether the next envelope may be written together with a message (RFC 2920 §3.1)."""
        return self._features.pipelining

    def begin(self, letter: Letter) -> bytes:
        """What to write to begin with `letter`."""
        transaction = Transaction(letter, self._features, reset=self._reset)
        self._reset = False
        self._transactions.append(transaction)
        return transaction.first_commands()

    def at(self, phase: Phase) -> None:
        """Note how far the message is written: BODY or END."""
        self._transactions[0].phase = phase

    def receive(self, data: bytes) -> Iterator[Result]:
        """What `data` tells about the letters; :meth:`answer` has what to write.

        Raises:
            Lost: the connection is at its end.
            TransportMisconfigured: the relay wants us signed in.
        """
        for reply in self._replies.feed(data):
            if not self._transactions:
                raise Lost(reply.text)
            head = self._transactions[0]
            self._answer += head.receive(reply)
            if head.phase is DONE or reply.code == CLOSING:
                yield from self._finish(head)
            if reply.code == CLOSING:
                raise Lost(reply.text)

    def answer(self) -> bytes:
        """What to write after what was received, told once."""
        answer, self._answer = self._answer, b""
        return answer

    def _finish(self, transaction: Transaction) -> Iterator[Result]:
        self._transactions.popleft()
        self._reset = transaction.left_open
        if transaction.result:
            yield transaction.result

    def lost(self, why: Explained | None) -> tuple[list[Result], list[Letter]]:
        """What is known of the letters that were on their way, and which of them have not left."""
        results, letters = [], []
        if self._transactions:
            self.letter.losses += 1
        for transaction in self._transactions:
            if result := transaction.lost(why):
                results.append(result)
            else:
                letters.append(transaction.letter)
        self._transactions.clear()
        return results, letters
