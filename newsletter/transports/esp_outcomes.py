"""What an ESP answered, or failed to, as results of the copies of one call.

Certain is only what the ESP said. A call that was begun and not answered clearly may have been
taken, so its copies are unknown; a call that never reached the ESP, or was refused, was not.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailMessage, AnymailRecipientStatus
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from newsletter.models.obstacles import Obstacle
from newsletter.transports.base import (
    Outcome,
    OutgoingMessage,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    UnwritableMail,
)
from newsletter.transports.esp_capabilities import Esp

#: Anymail's word for a recipient, as an outcome.
STATUSES = {
    "sent": Outcome.ACCEPTED,
    "queued": Outcome.ACCEPTED,
    "invalid": Outcome.REJECTED,
    "rejected": Outcome.REJECTED,
    "failed": Outcome.REJECTED,
}
#: The key is wrong, the account is empty or closed, the address of the interface is wrong.
NEEDS_A_PERSON = {401, 402, 403, 404, 405}
#: The call came in while, or after, another with its key; or nobody knows how much of it did.
UNCLEAR = {408, 409, 425}

#: boto3's errors by name, as it may not be installed: these come before a connection is made.
_BOTO_NEVER_CONNECTED = {"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError"}
_BOTO_NEEDS_A_PERSON = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}

#: How much of what an ESP says is kept: it may be a whole page of HTML.
_LONGEST_DETAIL = 300
#: Standard, and Brevo's. Of seconds, or a date.
_WAIT_HEADERS = ("Retry-After", "x-sib-ratelimit-reset")
_LONGEST_WAIT = 3600.0


class CallRefused(Exception):
    """The ESP refused a call for several readers as a whole; nothing of it left."""


@dataclass(frozen=True)
class Verdict:
    """What a call came to that failed as a whole, for all its copies alike."""

    outcome: Outcome
    detail: str
    retry_after: float | None = None
    obstacle: str = ""


def results_in(
    message: AnymailMessage, copies: Sequence[OutgoingMessage], esp: Esp
) -> list[Result]:
    """The results of a call that was answered, reader by reader, in whatever order.

    A reader that the answer does not mention may have been sent their copy.
    """
    statuses = _by_address(message)
    lost = _loses_someone(message, copies, esp)
    results = []
    for copy in copies:
        status = statuses.get(copy.address.casefold())
        if status is None and len(copies) == 1:
            status = next(reversed(statuses.values()), None)
        results.append(_result(copy, status, lost=lost))
    if len(copies) == 1 and _was_refused(message):
        return [Result(copies[0].delivery_id, Outcome.REJECTED, _answer_text(message))]
    return results


def results_after(
    error: Exception, message: AnymailMessage, copies: Sequence[OutgoingMessage], esp: Esp
) -> list[Result]:
    """The results of a call that ended with `error`.

    Raises:
        CallRefused: it was for several readers, and one of them may be the reason.
        TransportMisconfigured: no call can succeed with these settings.
        TransportUnavailable: the ESP was not reached, so nothing left.
        UnwritableMail: no call could be made of it.
        Exception: `error` itself, if it is none that sending is known to end with.
    """
    if isinstance(error, AnymailRecipientsRefused):
        # Raised when the answer was read, and says no to everyone it mentions.
        return results_in(message, copies, esp)
    verdict = _verdict(error, message, esp)
    if verdict.outcome is Outcome.REJECTED and len(copies) > 1:
        raise CallRefused(verdict.detail) from error
    return [
        Result(
            copy.delivery_id,
            verdict.outcome,
            verdict.detail,
            verdict.retry_after,
            obstacle=verdict.obstacle,
        )
        for copy in copies
    ]


def _words(error: Exception) -> str:
    """What `error` says, in one line that is not too long."""
    return _short(str(error))


def _verdict(error: Exception, message: AnymailMessage, esp: Esp) -> Verdict:
    if isinstance(error, AnymailConfigurationError):
        raise TransportMisconfigured(_words(error)) from error
    if isinstance(error, AnymailAPIError):
        if error.response is None:
            return _without_answer(error)
        return _by_answer(error, esp)
    if message.anymail_status.esp_response is not None:
        # The ESP took the call, and what it said is not what it documents.
        return Verdict(Outcome.UNKNOWN, _words(error), obstacle=Obstacle.UNREADABLE)
    if isinstance(error, AnymailInvalidAddress):
        # The sender's own were looked at before.
        return Verdict(Outcome.REJECTED, _words(error))
    if isinstance(error, AnymailError | ValueError | TypeError):
        # No call could be made of this message.
        raise UnwritableMail(_words(error), Obstacle.UNWRITABLE) from error
    raise error


def _without_answer(error: AnymailAPIError) -> Verdict:
    cause = error.__cause__
    name = type(cause).__name__
    if name in _BOTO_NEEDS_A_PERSON or isinstance(cause, ValueError):
        # requests has ValueErrors for an address, a header or a proxy that cannot be one.
        raise TransportMisconfigured(_words(error), Obstacle.UNUSABLE) from error
    if name in _BOTO_NEVER_CONNECTED or _never_connected(cause):
        raise TransportUnavailable(_words(error)) from error
    if name == "ParamValidationError":
        raise UnwritableMail(_words(error), Obstacle.UNWRITABLE) from error
    # A read that timed out, a connection reset: the ESP may have taken the call.
    return Verdict(Outcome.UNKNOWN, _words(error))


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    # requests says ConnectionError for a refused connection and for one reset half-way;
    # urllib3 underneath tells them apart.
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    if isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError):
        return True
    return any(isinstance(arg, ssl.SSLCertVerificationError) for arg in getattr(reason, "args", ()))


def _by_answer(error: AnymailAPIError, esp: Esp) -> Verdict:
    status, text = _status_and_text(error.response)
    said = _words(error)
    if esp.idempotency and (taken := esp.idempotency.already_taken) and taken.search(text):
        return Verdict(Outcome.ACCEPTED, said)
    if status == 429 or (esp.not_now and esp.not_now.search(text)):
        return Verdict(Outcome.DEFERRED, said, _retry_after(error.response))
    if status in NEEDS_A_PERSON or (esp.needs_a_person and esp.needs_a_person.search(text)):
        raise TransportMisconfigured(said, Obstacle.NOT_LET_IN) from error
    refused = 400 <= status < 500 and status not in UNCLEAR
    return Verdict(Outcome.REJECTED if refused else Outcome.UNKNOWN, said)


def _status_and_text(response: Any) -> tuple[int, str]:
    """Of an answer over HTTP, or of boto3's dict."""
    if isinstance(response, dict):
        return response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), str(response)
    return response.status_code, response.text


def _retry_after(response: Any) -> float | None:
    """Seconds that the ESP wants to be left alone for; None if it does not say."""
    headers = getattr(response, "headers", {})
    given = next((headers[name] for name in _WAIT_HEADERS if name in headers), "")
    try:
        seconds = float(given)
    except ValueError:
        seconds = _seconds_until(given)
    return min(seconds, _LONGEST_WAIT) if seconds >= 0 else None


def _seconds_until(date: str) -> float:
    """-1 if it is no date, or past."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return -1
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _by_address(message: AnymailMessage) -> dict[str, AnymailRecipientStatus]:
    # An ESP may write an address in another case than we do, and Anymail then has it twice:
    # as the ESP says, and as missing. The one with an id is what the ESP says.
    statuses = message.anymail_status.recipients.items()
    known_last = sorted(statuses, key=lambda item: item[1].message_id is not None)
    return {address.casefold(): status for address, status in known_last}


def _loses_someone(message: AnymailMessage, copies: Sequence[OutgoingMessage], esp: Esp) -> bool:
    """Whether those without an id may be missing from the answer, not refused by it."""
    if esp.names_refused:
        return False
    items = message.anymail_status.esp_response.json()["Messages"]
    return len(items) < len(copies)


def _result(copy: OutgoingMessage, status: AnymailRecipientStatus | None, *, lost: bool) -> Result:
    if status is None or (lost and status.message_id is None):
        return Result(copy.delivery_id, Outcome.UNKNOWN, obstacle=Obstacle.NOT_MENTIONED)
    outcome = STATUSES.get(status.status or "", Outcome.UNKNOWN)
    if status.message_id:
        return Result(copy.delivery_id, outcome, remote_id=status.message_id)
    return Result(copy.delivery_id, outcome, str(status.status), obstacle=Obstacle.STATUS)


def _was_refused(message: AnymailMessage) -> bool:
    # A refusal that does not name the address it is about is still one.
    status: int = getattr(message.anymail_status.esp_response, "status_code", 0)
    return 400 <= status < 500


def _answer_text(message: AnymailMessage) -> str:
    return _short(message.anymail_status.esp_response.text)


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_DETAIL]
