"""Email service providers, through Anymail."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.rendering.slots import Slot, replace_marks
from newsletter.transports.base import (
    Copy,
    Handing,
    Outcome,
    Parcel,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.messages import build_message, common_headers

#: Anymail's word for a recipient, as an outcome.
OUTCOMES = {
    "sent": Outcome.ACCEPTED,
    "queued": Outcome.ACCEPTED,
    "invalid": Outcome.REJECTED,
    "rejected": Outcome.REJECTED,
    "failed": Outcome.REJECTED,
}


@dataclass(frozen=True)
class Merge:
    """How an ESP takes one message for many recipients, each with values of his own."""

    #: Recipients in one call, at most.
    limit: int
    #: What stands in the text for the value of a slot.
    placeholder: str


#: ESPs that fill in a reader's own values themselves and hide recipients from each other.
#: All others get a message for each reader.
MERGES = {"mailgun": Merge(limit=1000, placeholder="%recipient.{slot}%")}


class EspTransport:
    """An ESP by Anymail's name for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._merge = MERGES.get(name)
        self.batch_size = self._merge.limit if self._merge else 50
        self._connection: BaseEmailBackend | None = None

    def hand_over(self, parcel: Parcel, *, until: float) -> Iterator[Handing | Result]:
        self._open()
        if self._merge:
            yield from self._send_together(parcel, parcel.copies, self._merge, until)
        else:
            for copy in parcel.copies:
                yield from self._send(_alone(parcel, copy), [copy], until)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> BaseEmailBackend:
        """The backend, with one session for all calls instead of a TLS handshake for each."""
        if self._connection is None:
            try:
                connection = get_connection(f"anymail.backends.{self._name}.EmailBackend")
            except (AnymailConfigurationError, ImportError) as error:
                raise TransportMisconfigured(str(error)) from error
            connection.open()
            self._connection = connection
        return self._connection

    def _send_together(
        self, parcel: Parcel, copies: Sequence[Copy], merge: Merge, until: float
    ) -> Iterator[Handing | Result]:
        """Send one call for all of `copies`; halves of it where one address spoils the call."""
        if not copies:
            return
        try:
            yield from self._send(_together(parcel, copies, merge), copies, until)
        except CallRefused as error:
            if len(copies) == 1:
                yield Result(copies[0].delivery_id, Outcome.REJECTED, str(error))
                return
            middle = len(copies) // 2
            yield from self._send_together(parcel, copies[:middle], merge, until)
            yield from self._send_together(parcel, copies[middle:], merge, until)

    def _send(
        self, message: AnymailMessage, copies: Sequence[Copy], until: float
    ) -> Iterator[Handing | Result]:
        if time.monotonic() >= until:
            return
        yield Handing(tuple(copy.delivery_id for copy in copies))
        try:
            self._open().send_messages([message])
        except AnymailRecipientsRefused as error:
            # Raised only where every recipient of the call was refused.
            yield from (Result(c.delivery_id, Outcome.REJECTED, _detail(error)) for c in copies)
            return
        except AnymailError as error:
            outcome = outcome_of(error)
            if outcome is Outcome.REJECTED and len(copies) > 1:
                raise CallRefused(str(error)) from error
            yield from (Result(copy.delivery_id, outcome, _detail(error)) for copy in copies)
            return
        yield from (_result(message, copy) for copy in copies)


class CallRefused(Exception):
    """The ESP refused a call for several recipients as a whole; nothing of it left."""


def outcome_of(error: AnymailError) -> Outcome:
    """What `error` means for the messages of one call.

    Raises:
        TransportMisconfigured: no call can succeed with these settings.
        TransportUnavailable: the ESP was not reached, so nothing left.
    """
    if isinstance(error, AnymailConfigurationError):
        raise TransportMisconfigured(str(error)) from error
    status = error.status_code if isinstance(error, AnymailAPIError) else None
    if status in (401, 403):
        raise TransportMisconfigured(f"The ESP does not let us in: {_detail(error)}") from error
    if status == 429:
        return Outcome.DEFERRED
    if status is not None and 400 <= status < 500:
        return Outcome.REJECTED
    if _never_connected(error):
        raise TransportUnavailable(f"The ESP cannot be reached: {_detail(error)}") from error
    # A read that timed out, a connection reset, a 5xx: the ESP may have taken the call.
    return Outcome.UNKNOWN if isinstance(error, AnymailAPIError) else Outcome.REJECTED


def _never_connected(error: AnymailError) -> bool:
    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    # requests says ConnectionError for a refused connection and for one reset half-way;
    # urllib3 underneath tells them apart.
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")


def _alone(parcel: Parcel, copy: Copy) -> AnymailMessage:
    plain = build_message(parcel, copy)
    message = AnymailMessage(
        subject=plain.subject,
        body=plain.body,
        from_email=plain.from_email,
        to=plain.to,
        reply_to=plain.reply_to,
        headers=plain.extra_headers,
    )
    for content, mimetype in plain.alternatives:
        message.attach_alternative(content, mimetype)
    message.metadata = {"d": str(copy.delivery_id)}
    return message


def _together(parcel: Parcel, copies: Sequence[Copy], merge: Merge) -> AnymailMessage:
    def placeholder(slot: Slot) -> str:
        return merge.placeholder.format(slot=slot)

    def html_placeholder(slot: Slot) -> str:
        return merge.placeholder.format(slot=f"{slot}_html")

    message = AnymailMessage(
        subject=replace_marks(parcel.subject, placeholder),
        body=replace_marks(parcel.text, placeholder),
        from_email=parcel.from_address,
        to=[copy.address for copy in copies],
        reply_to=[parcel.reply_to],
        headers=common_headers(parcel),
    )
    if parcel.html:
        message.attach_alternative(replace_marks(parcel.html, html_placeholder), "text/html")
    # Any of these makes it a batch: each recipient gets a message that shows only himself.
    message.merge_data = {c.address: _merge_values(c) for c in copies}
    message.merge_metadata = {c.address: {"d": str(c.delivery_id)} for c in copies}
    message.merge_headers = {
        c.address: {
            "List-Unsubscribe": f"<{c.values[Slot.UNSUBSCRIBE_URL]}>",
            "Message-ID": f"<{c.message_id}>",
        }
        for c in copies
    }
    return message


def _merge_values(copy: Copy) -> dict[str, str]:
    """A reader's values under the names of the slots; escaped for HTML under `<name>_html`."""
    plain = {str(slot): value for slot, value in copy.values.items()}
    return plain | {f"{name}_html": html.escape(value) for name, value in plain.items()}


def _result(message: AnymailMessage, copy: Copy) -> Result:
    status = message.anymail_status.recipients.get(copy.address)
    if status is None:
        return Result(copy.delivery_id, Outcome.UNKNOWN, "The ESP did not mention this address.")
    outcome = OUTCOMES.get(status.status or "", Outcome.UNKNOWN)
    return Result(copy.delivery_id, outcome, status.message_id or "")


def _detail(error: AnymailError) -> str:
    return " ".join(str(error).split())
