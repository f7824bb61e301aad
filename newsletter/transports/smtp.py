"""A mail relay over SMTP, one recipient a message."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage, get_connection

from newsletter.transports.base import (
    Copy,
    Outcome,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
)
from newsletter.transports.one_by_one import OneByOne


class SmtpTransport(OneByOne):
    """Django's SMTP backend on one connection, which stays open from parcel to parcel."""

    def __init__(self) -> None:
        super().__init__(get_connection("django.core.mail.backends.smtp.EmailBackend"))

    def open(self) -> None:
        try:
            self._connection.open()
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise TransportMisconfigured(f"The relay does not let us in: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise TransportUnavailable(f"The relay cannot be reached: {error}") from error

    def send(self, message: EmailMessage, copy: Copy) -> Result:
        try:
            self._connection.send_messages([message])
        except (smtplib.SMTPException, OSError) as error:
            outcome, detail = outcome_of(error, copy.address)
            if outcome is Outcome.UNKNOWN:
                # The next message must not meet a connection of which nothing is known.
                self._connection.close()
            return Result(copy.delivery_id, outcome, detail)
        return Result(copy.delivery_id, Outcome.ACCEPTED)


def outcome_of(error: Exception, address: str) -> tuple[Outcome, str]:
    """What `error`, raised while one message was sent, means for that message.

    A reply to a command is certain: 4yz may be tried again, 5yz not (RFC 5321 §4.2.1).
    Anything else, such as a lost connection, may have come after the relay took the message
    (RFC 1047), and smtplib does not tell when.
    """
    code: int
    reply: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = error.recipients[address]
    elif isinstance(error, smtplib.SMTPResponseException):
        code, reply = error.smtp_code, error.smtp_error
    else:
        return Outcome.UNKNOWN, str(error) or type(error).__name__
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    outcome = Outcome.DEFERRED if 400 <= code < 500 else Outcome.REJECTED
    return outcome, f"{code} {text}"
