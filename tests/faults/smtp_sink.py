"""A mail relay that fails as it is told to, and knows what it really took.

    python -m tests.faults.smtp_sink --port 0 --truth FILE --mode rcpt-550 --delay-ms 40

The first line of its output is the port it listens on. Every message that it took, whatever
it answered, is a line of JSON in the truth file: its Message-ID, its recipient, and the SHA-256
of its body.

What goes wrong is one of :data:`~tests.faults.smtp_plans.FAULTS`. A recipient like
`mode-rcpt-550-7@a.example` calls for `rcpt-550`. For everyone else `--rates`, such as
`{"rcpt-550": 0.02, "end-451": 0.01}`, says how likely each is, and `--mode` what happens
otherwise. A fault before the recipient is known comes from `--rates` and `--mode` only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.smtp_plans import FAULTS, NONE, Plan
from tests.faults.smtp_truth import Taken, Truth

_BRACKETS = re.compile(rb"<([^>]*)>")
_END = b"\r\n.\r\n"


class Conversation(asyncio.Protocol):
    """One connection to the relay."""

    _transport: asyncio.Transport

    def __init__(self, plan: Plan, truth: Truth) -> None:
        self._plan = plan
        self._truth = truth
        self._loop = asyncio.get_running_loop()
        self._input = bytearray()
        self._output: list[str] = []
        #: The next output comes no sooner than the last.
        self._not_before = 0.0
        self._over = False
        self._in_message = False
        self._sender_known = False
        #: How much of a message was looked at for its end.
        self._searched = 0
        self._forget_envelope()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._fault = self._plan.fault("greeting")
        self._answer("greeting", "220 sink.example ESMTP")
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._input += data
        while not self._over and (self._message() if self._in_message else self._command()):
            pass
        self._flush()

    def abort(self) -> None:
        self._over = True
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._over = True

    def _command(self) -> bool:
        """Answer a command; whether there was a whole one."""
        end = self._input.find(b"\n") + 1
        line = bytes(self._input[:end])
        del self._input[:end]
        match line[:4].upper():
            case b"":
                return False
            case b"EHLO":
                pipelining = "250-PIPELINING\r\n" if self._plan.pipelining else ""
                self._output.append(f"250-sink.example\r\n{pipelining}250 SIZE 50000000")
            case b"MAIL":
                self._mail()
            case b"RCPT":
                self._rcpt(line)
            case b"DATA":
                self._data()
            case b"RSET":
                self._forget_envelope()
                self._output.append("250 2.0.0 ok")
            case b"QUIT":
                self._output.append("221 2.0.0 bye")
                self._hang_up()
            case _:
                self._output.append("502 5.5.2 what?")
        return True

    def _mail(self) -> None:
        if self._sender_known:
            self._output.append("503 5.5.1 nested MAIL")
            return
        self._fault = self._plan.fault("mail")
        self._sender_known = self._answer("mail", "250 2.1.0 ok")

    def _rcpt(self, line: bytes) -> None:
        if not self._sender_known:
            self._output.append("503 5.5.1 MAIL first")
            return
        found = _BRACKETS.search(line)
        address = found[1].decode() if found else ""
        self._fault = self._plan.fault_for(address)
        if self._answer("rcpt", "250 2.1.5 ok"):
            self._recipient = address

    def _data(self) -> None:
        in_vain = self._fault.stage == "rcpt" and self._fault.goes_on
        if not self._recipient and not in_vain:
            self._output.append("554 5.5.1 no valid recipients")
            return
        well = self._answer("data", "354 go ahead")
        self._in_message = not self._over and (well or self._fault.goes_on)

    def _message(self) -> bool:
        """Answer a message; whether there was a whole one."""
        if self._fault.stage == "body":
            if self._input:
                self.abort()
            return False
        empty = self._input.startswith(_END[2:])
        end = 0 if empty else self._input.find(_END, max(0, self._searched - len(_END))) + 2
        if not empty and end < 2:
            self._searched = len(self._input)
            return False
        message = bytes(self._input[:end])
        del self._input[: end + 3]
        self._in_message, self._searched = False, 0
        self._end(message.replace(b"\r\n..", b"\r\n."))
        self._forget_envelope()
        return True

    def _end(self, message: bytes) -> None:
        if not self._recipient:
            self._output.append("554 5.5.1 no valid recipients")
            return
        if self._fault.stage != "end" or self._fault.takes:
            self._truth.note(self._recipient, message)
        self._answer("end", "250 2.0.0 queued")

    def _forget_envelope(self) -> None:
        self._sender_known = False
        self._recipient = ""
        self._fault = NONE

    def _answer(self, stage: str, usual: str) -> bool:
        """Say what is usual at `stage` unless something is to go wrong there; whether not."""
        fault = self._fault
        if fault.stage != stage:
            self._output.append(usual)
            return True
        if fault.stalls:
            self._flush()
            self._not_before = self._loop.time() + self._plan.stall
        if fault.answer:
            self._output.append(fault.answer)
        if fault.hangs_up:
            self._hang_up()
        return False

    def _hang_up(self) -> None:
        self._over = True
        self._flush()
        self._in_order(self._transport.close)

    def _flush(self) -> None:
        if self._output:
            said = "\r\n".join([*self._output, ""]).encode()
            self._output.clear()
            self._in_order(lambda: self._transport.write(said))

    def _in_order(self, action: Callable[[], None]) -> None:
        now = self._loop.time()
        at = max(now + self._plan.delay, self._not_before)
        if at <= now:
            action()
        else:
            self._loop.call_at(at, action)
            # The loop does not keep the order of what is due at one moment.
            self._not_before = at + 1e-6


@dataclass
class Sink:
    """A relay that runs, as those who talk to it see it."""

    port: int
    truth: Truth
    conversations: list[Conversation]

    @property
    def connections(self) -> int:
        """How many there were, all in all."""
        return len(self.conversations)

    @property
    def taken(self) -> list[Taken]:
        return self.truth.taken


async def start(plan: Plan, truth: Truth, port: int = 0) -> tuple[asyncio.Server, Sink]:
    sink = Sink(port, truth, [])

    def answer() -> Conversation:
        sink.conversations.append(Conversation(plan, truth))
        return sink.conversations[-1]

    server = await asyncio.get_running_loop().create_server(answer, "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    return server, sink


async def stop(server: asyncio.Server, sink: Sink) -> None:
    server.close()
    for conversation in sink.conversations:
        conversation.abort()
    # Sockets are closed in the next turn of the loop.
    await asyncio.sleep(0)


@contextmanager
def running(plan: Plan) -> Iterator[Sink]:
    """A relay in a thread of this process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server, sink = asyncio.run_coroutine_threadsafe(start(plan, Truth()), loop).result()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(stop(server, sink), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def serve(plan: Plan, truth: Truth, port: int) -> None:
    """Run until told to end."""
    ended = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, ended.set)
    server, sink = await start(plan, truth, port)
    print(sink.port, flush=True)
    await ended.wait()
    await stop(server, sink)


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail relay that fails as it is told to.")
    parser.add_argument("--port", type=int, default=0, help="any free one unless given")
    parser.add_argument("--truth", type=Path, help="where to note what was taken")
    parser.add_argument("--fsync", action="store_true", help="note it durably before answering")
    parser.add_argument("--mode", default="", help=f"one of {', '.join(FAULTS)}")
    parser.add_argument("--times", type=int, help="how often it strikes; always unless given")
    parser.add_argument("--rates", type=json.loads, default={}, help="how likely each fault is")
    parser.add_argument("--seed", type=int, default=0, help="of what `--rates` draws")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="before every answer")
    parser.add_argument("--stall", type=float, default=60.0, help="seconds that a stall lasts")
    parser.add_argument("--pipelining", action=argparse.BooleanOptionalAction, default=True)
    given = vars(parser.parse_args())
    truth = Truth(given.pop("truth"), fsync=given.pop("fsync"))
    port, delay = given.pop("port"), given.pop("delay_ms") / 1000
    asyncio.run(serve(Plan(**given, delay=delay), truth, port))
    truth.close()


if __name__ == "__main__":
    main()
