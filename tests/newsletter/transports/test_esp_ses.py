"""Amazon SES by boto3's own client, which is told where to call: a server on loopback."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.transports.base import Outcome, OutgoingBatch, TransportBusy
from tests.newsletter.transports.conftest import make_batch
from tests.newsletter.transports.esps import hand_over_once


@dataclass
class Ses:
    """What SES answers, and what it was asked."""

    status: int = 200
    answer: dict[str, str] = field(default_factory=lambda: {"MessageId": "0100-a"})
    calls: list[dict[str, object]] = field(default_factory=list)


@pytest.fixture
def ses(settings: object) -> Iterator[Ses]:
    told = Ses()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(told.answer).encode()
            self.send_response(told.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    settings.ANYMAIL = {  # type: ignore[attr-defined]
        "AMAZON_SES_CLIENT_PARAMS": {
            "endpoint_url": f"http://127.0.0.1:{server.server_port}",
            "region_name": "eu-west-3",
            "aws_access_key_id": "k",
            "aws_secret_access_key": "s",
        }
    }
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def only_copy() -> OutgoingBatch:
    return make_batch("awa@a.example")


def test_a_copy_is_a_message_of_its_own_with_every_header_of_the_list(ses: Ses) -> None:
    [result] = hand_over_once("amazon_ses", only_copy()).results.values()

    assert (result.outcome, result.remote_id) == (Outcome.ACCEPTED, "0100-a")
    [call] = ses.calls
    assert call["Destination"] == {"ToAddresses": ["awa@a.example"]}
    raw = call["Content"]["Raw"]["Data"]  # type: ignore[index]
    message = message_from_bytes(base64.b64decode(raw))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_call_without_a_clear_answer_is_made_once(ses: Ses, status: int) -> None:
    ses.status, ses.answer = status, {"__type": "InternalFailure", "message": "Sorry."}

    handed = hand_over_once("amazon_ses", only_copy())

    assert len(ses.calls) == 1
    assert list(handed.outcomes.values()) == [Outcome.UNKNOWN]


def test_too_many_calls_are_a_reason_to_slow_down(ses: Ses) -> None:
    ses.status, ses.answer = 429, {"__type": "TooManyRequestsException", "message": "Slow."}

    handed = hand_over_once("amazon_ses", only_copy())

    assert len(ses.calls) == 1
    assert isinstance(handed.error, TransportBusy)
