"""Mail backends with the troubles of real ones."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as LocmemBackend
from django.db import connection


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SMTPException("450 try again later")


class RefusingTheFirst(LocmemBackend):
    """Refuses one message and takes all others."""

    refused = False

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if not self.refused:
            self.refused = True
            raise SMTPException("450 try again later")
        return super().send_messages(email_messages)


class Unreachable(BaseEmailBackend):
    def open(self) -> bool:
        raise ConnectionRefusedError("nobody answers")


class Watching(LocmemBackend):
    """Writes into each message whether a transaction was open when it was handed over."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent = super().send_messages(email_messages)
        mail.outbox[-1].extra_headers["in-transaction"] = str(connection.in_atomic_block)
        return sent
