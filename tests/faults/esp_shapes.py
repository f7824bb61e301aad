"""Calls and answers of five ESPs, as they document them: only what a sink must understand."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Reader:
    """One reader of a call: the delivery that their metadata names, and their address."""

    delivery: str
    address: str
    #: All that their message says, before values are merged into it.
    said: str = ""


@dataclass(frozen=True)
class Call:
    readers: Sequence[Reader]
    #: The idempotency key and what it stands for; empty where the ESP has none.
    key: str = ""
    digest: str = ""
    #: Whether it holds distinct messages, each of which gets an answer.
    is_distinct: bool = False


#: Faults of readers who are not mailed.
REFUSING = ("bad", "refused")


class BadCall(Exception):
    """It is not what the ESP documents."""


@dataclass(frozen=True)
class Shape:
    """How one ESP is called and how it answers."""

    parse: Callable[[Mapping[str, str], str, bytes], Call]
    #: For a call that was taken: status and body, of each reader with what went wrong with them.
    answer: Callable[[Sequence[tuple[Reader, str]]], tuple[int, Any]]
    #: The body that says no, by status.
    refusal: Callable[[int], Json]
    #: The answer to a call that one reader's address spoils; None where each has their own.
    spoilt: Callable[[Reader, str], tuple[int, Json]] | None
    #: As `answer`, for a call of distinct messages.
    answer_each: Callable[[Sequence[tuple[Reader, str]]], tuple[int, Any]] | None = None
    #: Whether that is documented to be in the order of the messages.
    in_order: bool = False
    #: Seconds that keys are remembered for.
    remember: float = 0.0
    #: The answer to a call repeated with its key; the first answer, where there is none.
    repeated: tuple[int, Json] | None = None


def _json(body: bytes) -> Json:
    found = _any_json(body)
    if not isinstance(found, dict):
        raise BadCall("not an object")
    return found


def _list(body: bytes, most: int) -> list[Any]:
    found = _any_json(body)
    if not isinstance(found, list) or not 0 < len(found) <= most:
        raise BadCall("not an array of so many")
    return found


def _any_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadCall(str(error)) from error


# Mailgun: a form, urlencoded or multipart, with the readers' values as JSON in one field.


def _parse_mailgun(headers: Mapping[str, str], path: str, body: bytes) -> Call:
    if not path.endswith("/messages"):
        raise BadCall(path)
    fields = form_fields(headers, body)
    addresses = fields["to"]
    variables = json.loads(fields.get("recipient-variables", ["{}"])[0])
    said = "".join(fields.get("text", []) + fields.get("html", []))
    if not variables:
        if len(addresses) > 1:
            raise BadCall("readers would see each other")
        return Call([Reader(fields["v:d"][0], addresses[0], said)])
    return Call([Reader(variables[address]["v:d"], address, said) for address in addresses])


def _delivery(metadata: str) -> str:
    found: str = json.loads(metadata)["d"]
    return found


def _one(address: str) -> str:
    if "," in address:
        raise BadCall("readers would see each other")
    return address


def form_fields(headers: Mapping[str, str], body: bytes) -> dict[str, list[str]]:
    """The fields of a form that Mailgun was sent; several addresses may stand in one field."""
    content_type = headers.get("content-type", "")
    if content_type.startswith("multipart/"):
        fields = _multipart(content_type, body)
    else:
        fields = parse_qs(body.decode(), keep_blank_values=True)
    given = fields.get("to", [])
    return {**fields, "to": [address for field in given for address in field.split(",")]}


def _multipart(content_type: str, body: bytes) -> dict[str, list[str]]:
    boundary = content_type.partition("boundary=")[2].strip('"')
    fields: dict[str, list[str]] = {}
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _blank, value = part.partition(b"\r\n\r\n")
        found = re.search(rb'name="([^"]*)"', head)
        if found is None:
            raise BadCall("a part without a name")
        fields.setdefault(found[1].decode(), []).append(value.removesuffix(b"\r\n").decode())
    return fields


def _answer_mailgun(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    return 200, {"id": f"<{next(_numbers)}@mailgun.example>", "message": "Queued. Thank you."}


def _refuse_mailgun(status: int) -> Json:
    return {"message": "Forbidden" if status in (401, 403) else f"no: {status}"}


def _spoilt_mailgun(reader: Reader, fault: str) -> tuple[int, Json]:
    return 400, {"message": "to parameter is not a valid address. please check documentation"}


# Postmark: JSON. One message, /email/bulk with each reader's values, or /email/batch.


def _parse_postmark(headers: Mapping[str, str], path: str, body: bytes) -> Call:
    if path.endswith("/batch"):
        distinct = _list(body, 500)
        readers = [
            Reader(m["Metadata"]["d"], _one(m["To"]), m["TextBody"] + m.get("HtmlBody", ""))
            for m in distinct
        ]
        return Call(readers, is_distinct=True)
    sent = _json(body)
    messages = sent["Messages"] if path.endswith("/bulk") else [sent]
    return Call([Reader(m["Metadata"]["d"], m["To"]) for m in messages])


def _answer_postmark(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    number = f"00000000-0000-0000-0000-{next(_numbers):012}"
    if len(readers) > 1:
        return 200, {"ID": number, "Status": "Accepted", "PercentageCompleted": 0}
    to = readers[0][0].address
    return 200, {"ErrorCode": 0, "Message": "OK", "MessageID": number, "To": to}


def _each_postmark(readers: Sequence[tuple[Reader, str]]) -> tuple[int, list[Json]]:
    named = [(reader, fault) for reader, fault in readers if fault != "missing"]
    return 200, [
        _spoilt_postmark(reader, fault)[1] if fault else _answer_postmark([(reader, fault)])[1]
        for reader, fault in named
    ]


def _refuse_postmark(status: int) -> Json:
    codes = {401: 10, 403: 10, 429: 429, 400: 402}
    return {"ErrorCode": codes.get(status, status), "Message": "No."}


def _spoilt_postmark(reader: Reader, fault: str) -> tuple[int, Json]:
    if fault == "bad":
        text = f"Error parsing 'To': Illegal email address '{reader.address}'."
        return 422, {"ErrorCode": 300, "Message": text}
    found = f"Found inactive addresses: {reader.address.lower()}. Inactive recipients are ones."
    return 422, {"ErrorCode": 406, "Message": f"You tried to send to it.\n {found}"}


# Resend: JSON, with the idempotency key in an HTTP header.


def _parse_resend(headers: Mapping[str, str], path: str, body: bytes) -> Call:
    is_distinct = path.endswith("/batch")
    sent = _list(body, 100) if is_distinct else [_json(body)]
    if is_distinct and headers["x-batch-validation"] != "permissive":
        raise BadCall("one would spoil it for all")
    readers = [
        Reader(_delivery(one["headers"]["X-Metadata"]), address, one["text"] + one.get("html", ""))
        for one in sent
        for address in one["to"]
    ]
    if len(readers) != len(sent):
        raise BadCall("readers would see each other")
    digest = hashlib.sha256(body).hexdigest()
    return Call(readers, headers.get("idempotency-key", ""), digest, is_distinct)


def _answer_resend(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    return 200, {"id": f"00000000-0000-0000-0000-{next(_numbers):012}"}


def _each_resend(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    wrong = [(n, reader) for n, (reader, fault) in enumerate(readers) if fault in REFUSING]
    taken = [reader for reader, fault in readers if not fault]
    errors = [{"index": n, "message": f"Invalid `to` field: {r.address}"} for n, r in wrong]
    return 200, {"data": [_answer_resend([(r, "")])[1] for r in taken], "errors": errors}


def _refuse_resend(status: int) -> Json:
    return {"statusCode": status, "name": "error", "message": "No."}


def _spoilt_resend(reader: Reader, fault: str) -> tuple[int, Json]:
    return 422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}


# Brevo: JSON, with the idempotency key among the headers of the message.


def _parse_brevo(headers: Mapping[str, str], path: str, body: bytes) -> Call:
    sent = _json(body)
    own = sent["headers"]
    delivery = json.loads(own["X-Mailin-custom"])["d"]
    readers = [Reader(delivery, to["email"]) for to in sent["to"]]
    return Call(readers, own.get("idempotencyKey", ""))


def _answer_brevo(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    return 201, {"messageId": f"<{next(_numbers)}@smtp-relay.brevo.example>"}


def _refuse_brevo(status: int) -> Json:
    return {"code": "unauthorized" if status == 401 else "error", "message": "No."}


def _spoilt_brevo(reader: Reader, fault: str) -> tuple[int, Json]:
    return 400, {"code": "invalid_parameter", "message": "email is not valid in to"}


# Mailjet: JSON, with an answer for each reader; those of the refused do not name them.


def _parse_mailjet(headers: Mapping[str, str], path: str, body: bytes) -> Call:
    sent = _json(body)
    shared = sent.get("Globals", {}).get("EventPayload", "{}")
    readers = []
    for message in sent["Messages"]:
        if len(message["To"]) != 1:
            raise BadCall("readers would see each other")
        said = sent.get("Globals", {}) | message
        text = said["TextPart"] + said.get("HTMLPart", "")
        delivery = _delivery(message.get("EventPayload", shared))
        readers.append(Reader(delivery, message["To"][0]["Email"], text))
    return Call(readers)


def _answer_mailjet(readers: Sequence[tuple[Reader, str]]) -> tuple[int, Json]:
    items = [_item_mailjet(reader, fault) for reader, fault in readers if fault != "missing"]
    refused = any(item["Status"] == "error" for item in items)
    return 400 if refused else 200, {"Messages": items}


def _item_mailjet(reader: Reader, fault: str) -> Json:
    if fault in ("bad", "refused"):
        return {"Status": "error", "Errors": [{"ErrorCode": "mj-0013", "StatusCode": 400}]}
    # It answers with the address as it keeps it.
    to = {"Email": reader.address.lower(), "MessageID": next(_numbers)}
    return {"Status": "success", "To": [to], "Cc": [], "Bcc": []}


def _refuse_mailjet(status: int) -> Json:
    if status == 429:
        return {"StatusCode": 429, "ErrorMessage": "Too many requests"}
    return {"ErrorCode": "mj-0000", "StatusCode": status, "ErrorMessage": "No."}


SHAPES = {
    "mailgun": Shape(_parse_mailgun, _answer_mailgun, _refuse_mailgun, _spoilt_mailgun),
    "postmark": Shape(
        _parse_postmark,
        _answer_postmark,
        _refuse_postmark,
        _spoilt_postmark,
        answer_each=_each_postmark,
    ),
    "resend": Shape(
        _parse_resend,
        _answer_resend,
        _refuse_resend,
        _spoilt_resend,
        answer_each=_each_resend,
        in_order=True,
        remember=24 * 3600,
    ),
    "brevo": Shape(
        _parse_brevo,
        _answer_brevo,
        _refuse_brevo,
        _spoilt_brevo,
        remember=1800,
        repeated=(400, {"code": "duplicate_parameter", "message": "idempotencyKey was used"}),
    ),
    "mailjet": Shape(_parse_mailjet, _answer_mailjet, _refuse_mailjet, None),
}
