"""Against an HTTP server on loopback that answers as the ESPs document it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from newsletter.transports.base import (
    Outcome,
    Parcel,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.esp import EspTransport
from tests.newsletter.transports.conftest import results_of

Answer = tuple[int, dict[str, object]]


@dataclass
class Call:
    path: str
    content_type: str
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields of a form."""
        return parse_qs(self.body.decode(), keep_blank_values=True)


@dataclass
class FakeEsp:
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], Answer] = lambda call: (200, {"id": "<id@esp>", "message": "Queued"})


@pytest.fixture
def esp(settings: object) -> Iterator[FakeEsp]:
    fake = FakeEsp()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call(self.path, self.headers["Content-Type"], body)
            fake.calls.append(call)
            status, answer = fake.answer(call)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/v3/"
    settings.ANYMAIL = {  # type: ignore[attr-defined]
        "MAILGUN_API_KEY": "k",
        "MAILGUN_SENDER_DOMAIN": "news.example",
        "MAILGUN_API_URL": fake.url,
        "POSTMARK_SERVER_TOKEN": "t",
        "POSTMARK_API_URL": fake.url,
        "REQUESTS_TIMEOUT": (2.0, 2.0),
    }
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def outcomes(name: str, parcel: Parcel) -> dict[int, Outcome]:
    transport = EspTransport(name)
    try:
        return {r.delivery_id: r.outcome for r in results_of(transport, parcel)}
    finally:
        transport.close()


def postmark_answer(call: Call) -> Answer:
    return 200, {"ErrorCode": 0, "Message": "OK", "MessageID": "p1", "To": call.json["To"]}


def test_an_esp_that_merges_takes_all_readers_in_one_call(esp: FakeEsp, parcel: Parcel) -> None:
    assert set(outcomes("mailgun", parcel).values()) == {Outcome.ACCEPTED}

    (call,) = esp.calls
    assert call.fields["to"] == ["one@a.example", "two@a.example", "three@b.example"]


def test_an_esp_that_merges_is_given_each_reader_s_own_values(esp: FakeEsp, parcel: Parcel) -> None:
    outcomes("mailgun", parcel)

    fields = esp.calls[0].fields
    values = json.loads(fields["recipient-variables"][0])
    assert "%recipient.unsubscribe_url%" in fields["text"][0]
    assert "%recipient.chosen_regions_html%" in fields["html"][0]
    assert values["two@a.example"]["unsubscribe_url"].endswith("/unsubscribe/token2/")
    assert values["two@a.example"]["chosen_regions_html"] == "Kayes &amp; Segou 2"
    assert "\ue000" not in fields["text"][0] + fields["html"][0]


def test_every_merged_copy_has_its_own_one_click_header(esp: FakeEsp, parcel: Parcel) -> None:
    outcomes("mailgun", parcel)

    fields = esp.calls[0].fields
    values = json.loads(fields["recipient-variables"][0])
    (header,) = fields["h:List-Unsubscribe"]
    name = header.removeprefix("%recipient.").removesuffix("%")
    assert values["one@a.example"][name] == "<https://news.example/unsubscribe/token1/>"
    assert fields["h:List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]


def test_one_bad_address_is_rejected_alone(esp: FakeEsp, parcel: Parcel) -> None:
    def refuse_two(call: Call) -> Answer:
        if "two@a.example" in call.fields["to"]:
            return 400, {"message": "to parameter is not a valid address"}
        return 200, {"id": "<id@esp>", "message": "Queued"}

    esp.answer = refuse_two

    assert outcomes("mailgun", parcel) == {
        1: Outcome.ACCEPTED,
        2: Outcome.REJECTED,
        3: Outcome.ACCEPTED,
    }


def test_an_esp_that_cannot_merge_gets_a_call_a_reader(esp: FakeEsp, parcel: Parcel) -> None:
    esp.answer = postmark_answer

    assert set(outcomes("postmark", parcel).values()) == {Outcome.ACCEPTED}

    assert [call.json["To"] for call in esp.calls] == [copy.address for copy in parcel.copies]
    for call, copy in zip(esp.calls, parcel.copies, strict=True):
        others = {other.address for other in parcel.copies} - {copy.address}
        assert not any(other.encode() in call.body for other in others)


def test_a_call_for_one_reader_carries_his_headers_and_the_delivery(
    esp: FakeEsp, parcel: Parcel
) -> None:
    esp.answer = postmark_answer

    outcomes("postmark", parcel)

    body = esp.calls[0].json
    headers = {header["Name"]: header["Value"] for header in body["Headers"]}  # type: ignore[union-attr,index]
    assert headers["List-Unsubscribe"] == "<https://news.example/unsubscribe/token1/>"
    assert body["Metadata"] == {"d": "1"}


def test_a_recipient_the_esp_knows_as_dead_is_rejected(esp: FakeEsp, parcel: Parcel) -> None:
    def refuse(call: Call) -> Answer:
        found = f"Found inactive addresses: {call.json['To']}. Inactive recipients bounced."
        return 422, {"ErrorCode": 406, "Message": found}

    esp.answer = refuse

    assert set(outcomes("postmark", parcel).values()) == {Outcome.REJECTED}


def test_too_many_calls_are_deferred(esp: FakeEsp, parcel: Parcel) -> None:
    esp.answer = lambda call: (429, {"message": "slow down"})

    assert set(outcomes("mailgun", parcel).values()) == {Outcome.DEFERRED}


def test_a_server_error_is_unknown(esp: FakeEsp, parcel: Parcel) -> None:
    esp.answer = lambda call: (500, {"message": "oops"})

    assert set(outcomes("mailgun", parcel).values()) == {Outcome.UNKNOWN}


def test_a_wrong_key_stops_everything(esp: FakeEsp, parcel: Parcel) -> None:
    esp.answer = lambda call: (401, {"message": "Forbidden"})

    with pytest.raises(TransportMisconfigured, match="does not let us in"):
        outcomes("mailgun", parcel)


def test_a_missing_key_stops_everything_and_names_the_setting(
    settings: object, parcel: Parcel
) -> None:
    settings.ANYMAIL = {}  # type: ignore[attr-defined]

    with pytest.raises(TransportMisconfigured, match="MAILGUN_API_KEY"):
        outcomes("mailgun", parcel)


def test_an_esp_that_is_not_there_is_unavailable(
    esp: FakeEsp, settings: object, parcel: Parcel
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.ANYMAIL["MAILGUN_API_URL"] = f"http://127.0.0.1:{port}/v3/"  # type: ignore[attr-defined]

    with pytest.raises(TransportUnavailable, match="cannot be reached"):
        outcomes("mailgun", parcel)
