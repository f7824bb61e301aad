"""An ESP that fails as it is told to, and knows what it really took.

    python -m tests.faults.esp_sink --shape mailgun --port 0 --truth FILE --latency-ms 300

The first line of its output is the port it listens on. Every reader of every call that it took,
whatever it answered, is a line of JSON in the truth file: the delivery that their metadata names,
their address, and which words it was to know again.

What goes wrong is one of :data:`~tests.faults.esp_plans.FAULTS`, which are about a whole call,
or of :data:`~tests.faults.esp_plans.READER_FAULTS`. A reader like `mode-500-taken-7@a.example`
calls for `500-taken`. For everyone else `--rates`, such as `{"429": 0.02, "bad": 0.001}`, says
how likely each is, by call or by reader, and `--mode` what happens otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from tests.faults.esp_plans import FAULTS, NONE, READER_FAULTS, Fault, Plan
from tests.faults.esp_shapes import REFUSING, SHAPES, BadCall, Call, Json, Reader
from tests.faults.smtp_truth import words_in

_PAGE = b"<html><body><h1>Something is being mended</h1></body></html>"


@dataclass
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes


class Truth:
    """What was taken: in memory, and in a file where there is one."""

    def __init__(self, path: Path | None = None) -> None:
        self.taken: list[Reader] = []
        self._file = path.open("ab", buffering=0) if path else None

    def note(self, readers: Sequence[Reader]) -> None:
        self.taken.extend(readers)
        if self._file:
            says = {said: words_in(said.encode()) for said in {r.said for r in readers}}
            self._file.write("".join(_line(r, says[r.said]) for r in readers).encode())

    def close(self) -> None:
        if self._file:
            self._file.close()


def _line(reader: Reader, says: Mapping[str, int]) -> str:
    return json.dumps({"d": reader.delivery, "to": reader.address, "says": says}) + "\n"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str = "application/json"
    #: What goes wrong with it on the way back.
    fault: Fault = NONE


class Esp:
    """What the ESP makes of calls; it knows nothing of connections."""

    def __init__(self, plan: Plan, truth: Truth) -> None:
        self.plan = plan
        self.truth = truth
        self._shape = SHAPES[plan.shape]
        self._remember = self._shape.remember if plan.remember is None else plan.remember
        #: By key: until when it is known, what it stood for, and the first answer.
        self._keys: dict[str, tuple[float, str, tuple[int, Json]]] = {}

    def reply(self, request: Request, now: float) -> Reply:
        try:
            call = self._shape.parse(request.headers, request.path, request.body)
        except (BadCall, KeyError, TypeError) as error:
            return self._reply(400, {"message": f"not as documented: {error!r}"}, NONE)
        # What stands before the ESP, and the way back from it, knows nothing of keys.
        fault = self.plan.fault_for(reader.address for reader in call.readers)
        if not fault.takes:
            return self._refusal(fault)
        return self._reply(*(self._known(call, now) or self._take(call, fault, now)), fault)

    def _take(self, call: Call, fault: Fault, now: float) -> tuple[int, Json]:
        readers = [(r, self.plan.reader_fault_for(r.address)) for r in call.readers]
        refused = [(r, wrong) for r, wrong in readers if wrong in REFUSING]
        each = self._shape.answer_each if call.is_distinct else None
        if refused and self._shape.spoilt and not each:
            return self._shape.spoilt(*refused[0])
        self.truth.note([r for r, wrong in readers if wrong not in REFUSING])
        reverses = fault.reverses and not self._shape.in_order
        answer = (each or self._shape.answer)(readers[::-1] if reverses else readers)
        if call.key:
            self._keys[call.key] = (now + self._remember, call.digest, answer)
        return answer

    def _known(self, call: Call, now: float) -> tuple[int, Json] | None:
        until, digest, first = self._keys.get(call.key, (0.0, "", (0, {})))
        if not call.key or until <= now:
            return None
        if digest != call.digest:
            return 409, {"statusCode": 409, "name": "invalid_idempotent_request", "message": "No."}
        return self._shape.repeated or first

    def _refusal(self, fault: Fault) -> Reply:
        if fault.is_page:
            return Reply(fault.status, _PAGE, "text/html", fault)
        return Reply(
            fault.status, json.dumps(self._shape.refusal(fault.status)).encode(), fault=fault
        )

    def _reply(self, status: int, body: Json, fault: Fault) -> Reply:
        if fault.status:
            return self._refusal(fault)
        return Reply(status, json.dumps(body).encode(), fault=fault)


class Connection(asyncio.Protocol):
    """One connection to the ESP: calls one after the other, each answered before the next."""

    _transport: asyncio.Transport

    def __init__(self, esp: Esp, requests: list[Request] | None) -> None:
        self._esp = esp
        self._requests = requests
        self._loop = asyncio.get_running_loop()
        self._input = bytearray()
        self._head: tuple[str, dict[str, str]] | None = None
        self._needed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._input += data
        if self._head is None:
            self._read_head()
        if self._head is not None and len(self._input) >= self._needed:
            path, headers = self._head
            request = Request(path, headers, bytes(self._input[: self._needed]))
            del self._input[: self._needed]
            self._head = None
            self._serve(request)

    def _read_head(self) -> None:
        end = self._input.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self._input[:end].decode("latin-1").split("\r\n")
        del self._input[: end + 4]
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _colon, value in pairs}
        self._head = first.split(" ")[1], headers
        self._needed = int(headers.get("content-length", 0))

    def _serve(self, request: Request) -> None:
        if self._requests is not None:
            self._requests.append(request)
        plan = self._esp.plan
        reply = self._esp.reply(request, self._loop.time())
        delay = plan.latency + (plan.stall if reply.fault.stalls else 0.0)
        if delay:
            self._loop.call_later(delay, self._answer, reply)
        else:
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        if reply.fault.resets:
            self._reset()
            return
        head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        head += f"Content-Type: {reply.content_type}\r\nContent-Length: {len(reply.body)}\r\n"
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS and self._esp.plan.retry_after:
            head += f"Retry-After: {self._esp.plan.retry_after}\r\n"
        answer = head.encode() + b"\r\n" + reply.body
        if reply.fault.breaks_off:
            self._transport.write(answer[: -len(reply.body) // 2])
            self._transport.close()
            return
        self._transport.write(answer)

    def _reset(self) -> None:
        connection = self._transport.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        if connection is not None and connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def abort(self) -> None:
        self._transport.abort()


@dataclass
class Sink:
    """An ESP that runs, as those who call it see it."""

    port: int
    truth: Truth
    #: What it was asked, if that is kept.
    requests: list[Request] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


async def start(
    esp: Esp, port: int = 0, *, keep_requests: bool = False
) -> tuple[asyncio.Server, Sink]:
    sink = Sink(port, esp.truth)

    def connected() -> Connection:
        sink.connections.append(Connection(esp, sink.requests if keep_requests else None))
        return sink.connections[-1]

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    return server, sink


async def stop(server: asyncio.Server, sink: Sink) -> None:
    server.close()
    for connection in sink.connections:
        connection.abort()
    # Sockets are closed in the next turn of the loop.
    await asyncio.sleep(0)


@contextmanager
def running(plan: Plan) -> Iterator[Sink]:
    """An ESP in a thread of this process, which keeps what it was asked."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started = start(Esp(plan, Truth()), keep_requests=True)
    server, sink = asyncio.run_coroutine_threadsafe(started, loop).result()
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(stop(server, sink), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def serve(esp: Esp, port: int) -> None:
    """Run until told to end."""
    ended = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, ended.set)
    server, sink = await start(esp, port)
    print(sink.port, flush=True)
    await ended.wait()
    await stop(server, sink)


def main() -> None:
    known = ", ".join((*FAULTS, *READER_FAULTS))
    parser = argparse.ArgumentParser(description="An ESP that fails as it is told to.")
    parser.add_argument("--shape", required=True, choices=SHAPES, help="whose interface it has")
    parser.add_argument("--port", type=int, default=0, help="any free one unless given")
    parser.add_argument("--truth", type=Path, help="where to note what was taken")
    parser.add_argument("--mode", default="", help=f"one of {known}")
    parser.add_argument("--times", type=int, help="how often it strikes; always unless given")
    parser.add_argument("--rates", type=json.loads, default={}, help="how likely each fault is")
    parser.add_argument("--seed", type=int, default=0, help="of what `--rates` draws")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before every answer")
    parser.add_argument("--stall", type=float, default=60.0, help="seconds that a stall lasts")
    parser.add_argument("--retry-after", default="1", help="what a 429 says")
    parser.add_argument("--remember", type=float, help="seconds that idempotency keys are known")
    given = vars(parser.parse_args())
    truth = Truth(given.pop("truth"))
    port, latency = given.pop("port"), given.pop("latency_ms") / 1000
    asyncio.run(serve(Esp(Plan(**given, latency=latency), truth), port))
    truth.close()


if __name__ == "__main__":
    main()
