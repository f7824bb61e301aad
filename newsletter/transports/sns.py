"""Who signed what Amazon SNS posts: by the certificate that the message names, if it is Amazon's.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, MutableMapping

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

#: Where Amazon publishes them, in any of its regions, and nobody else can.
_AMAZONS = re.compile(
    r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/SimpleNotificationService-\w+\.pem", re.ASCII
)
#: What is signed, in this order, as far as it is there.
_OF_A_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_OF_A_CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
#: By SignatureVersion. The first is what a topic has by default.
_HASHES = {"1": SHA1, "2": SHA256}

#: Seconds to connect and for an answer: SNS waits for ours no longer than 15.
_PATIENCE = (3.0, 5.0)
_LONGEST = 64 * 1024

#: The certificates that were fetched, by their address. Amazon gives a new one a new address.
CERTIFICATES: MutableMapping[str, bytes] = {}


class NotSigned(Exception):
    """The message is not Amazon's, or somebody changed it."""


def verify(message: Mapping[str, object]) -> None:
    """Make sure that Amazon SNS signed `message`.

    Raises:
        NotSigned: it did not.
        requests.RequestException: its certificate cannot be had now.
    """
    algorithm = _HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        raise NotSigned("There is no signature of a known version.")
    try:
        signature = b64decode(str(message.get("Signature")), validate=True)
        key = load_pem_x509_certificate(_certificate(message)).public_key()
        if not isinstance(key, RSAPublicKey):
            raise NotSigned("This is not the certificate of an RSA key.")
        key.verify(signature, _signed(message), PKCS1v15(), algorithm())
    except (InvalidSignature, ValueError) as error:
        raise NotSigned("The signature does not fit.") from error


def _certificate(message: Mapping[str, object]) -> bytes:
    address = str(message.get("SigningCertURL"))
    if not _AMAZONS.fullmatch(address):
        raise NotSigned(f"No certificate of Amazon is at {address[:200]}.")
    if address not in CERTIFICATES:
        answer = requests.get(address, timeout=_PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        CERTIFICATES[address] = answer.content[:_LONGEST]
    return CERTIFICATES[address]


def _signed(message: Mapping[str, object]) -> bytes:
    notification = message.get("Type") == "Notification"
    names = _OF_A_NOTIFICATION if notification else _OF_A_CONFIRMATION
    lines = [f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None]
    return "".join(lines).encode()
