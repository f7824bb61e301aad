"""What ESPs post, in the shape that they document, about whichever mail a test is about."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client

from newsletter.transports.sns import CERTIFICATES
from tests.answers import Answer

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


def post(client: Client, name: str, body: dict[str, Any], *, secret: str = SECRET) -> Answer:
    """Post `body` as the ESP that `name` begins with posts it."""
    esp = name.partition("-")[0]
    headers = {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    if esp == "amazon_ses":
        body = {**body, "Message": json.dumps(body["Message"])}
        body = {**body, **sns_signature(body)}
        headers["x-amz-sns-message-type"] = body["Type"]
        headers["x-amz-sns-message-id"] = body["MessageId"]
    if esp == "resend":
        headers["svix-id"] = f"msg_{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:27]}"
    text = json.dumps(body).encode()
    if esp == "mailersend":
        signed = hmac.new(MAILERSEND_SECRET.encode(), text, hashlib.sha256)
        headers["signature"] = signed.hexdigest()
    return client.post(
        f"/anymail/{esp}/tracking/", text, content_type="application/json", headers=headers
    )


def report(client: Client, name: str, *, secret: str = SECRET, **about: Any) -> Answer:
    """Post what the file `name` says, filled in with `about`."""
    return post(client, name, payload(name, **about), secret=secret)


def signature(*, signed_at: float | None = None, token: str = "") -> dict[str, str]:
    """What Mailgun signs with its key: a moment and a token."""
    at = str(int(time.time() if signed_at is None else signed_at))
    token = token or f"{next(_numbers):050d}"
    signed = hmac.new(MAILGUN_KEY.encode(), f"{at}{token}".encode(), hashlib.sha256)
    return {"signed_at": at, "token": token, "signature": signed.hexdigest()}


#: Where Amazon would publish the certificate of what a test signs in its name.
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-test.pem"


def sns_signature(body: dict[str, Any], *, version: str = "2") -> dict[str, str]:
    """What Amazon SNS adds to the message `body`."""
    CERTIFICATES[CERTIFICATE_URL] = _certificate()
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body)
    algorithm = SHA256() if version == "2" else SHA1()  # noqa: S303 - Amazon's older one
    return {
        "SignatureVersion": version,
        "Signature": base64.b64encode(_key().sign(text.encode(), PKCS1v15(), algorithm)).decode(),
        "SigningCertURL": CERTIFICATE_URL,
    }


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, _key().public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(_key(), SHA256()).public_bytes(Encoding.PEM)


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
