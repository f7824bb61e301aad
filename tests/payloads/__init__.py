"""What ESPs post, in the shape that they document, about whichever mail a test is about."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from pathlib import Path
from string import Template
from typing import Any

from django.http import HttpResponse
from django.test import Client

SECRET = "esp:only-for-tests-new"
MAILGUN_KEY = "only-for-tests"
MAILERSEND_SECRET = "only-for-tests"

_FOLDER = Path(__file__).parent
_numbers = itertools.count(1)


def payload(
    name: str, *, d: object = "", recipient: str = "", message_id: str = "", **more: str
) -> dict[str, Any]:
    """The body of the file `name`, about the delivery `d` to `recipient`; another id each time."""
    values = {"d": d, "recipient": recipient, "message_id": message_id, **signature(), **more}
    body: dict[str, Any] = _filled(json.loads((_FOLDER / f"{name}.json").read_text()), values)
    return body


def post(client: Client, name: str, body: dict[str, Any], *, secret: str = SECRET) -> HttpResponse:
    """Post `body` as the ESP that `name` begins with posts it."""
    esp = name.partition("-")[0]
    headers = {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    if esp == "amazon_ses":
        body = {**body, "Message": json.dumps(body["Message"])}
        headers["x-amz-sns-message-type"] = body["Type"]
        headers["x-amz-sns-message-id"] = body["MessageId"]
    if esp == "resend":
        headers["svix-id"] = f"msg_{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:27]}"
    text = json.dumps(body).encode()
    if esp == "mailersend":
        signed = hmac.new(MAILERSEND_SECRET.encode(), text, hashlib.sha256)
        headers["signature"] = signed.hexdigest()
    answer: HttpResponse = client.post(
        f"/anymail/{esp}/tracking/", text, content_type="application/json", headers=headers
    )
    return answer


def report(client: Client, name: str, *, secret: str = SECRET, **about: Any) -> HttpResponse:
    """Post what the file `name` says, filled in with `about`."""
    return post(client, name, payload(name, **about), secret=secret)


def signature(*, signed_at: float | None = None, token: str = "") -> dict[str, str]:
    """What Mailgun signs with its key: a moment and a token."""
    at = str(int(time.time() if signed_at is None else signed_at))
    token = token or f"{next(_numbers):050d}"
    signed = hmac.new(MAILGUN_KEY.encode(), f"{at}{token}".encode(), hashlib.sha256)
    return {"signed_at": at, "token": token, "signature": signed.hexdigest()}


def _filled(part: Any, values: dict[str, object]) -> Any:
    match part:
        case dict():
            return {name: _filled(inner, values) for name, inner in part.items()}
        case list():
            return [_filled(inner, values) for inner in part]
        case str():
            return Template(part).substitute(values)
        case _:
            return part
