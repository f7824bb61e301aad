"""Django's way to the relay, for transactional mail: signed where a DKIM key is set."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from newsletter.transports.django_mail import envelope_sender, written
from newsletter.transports.dkim import signer_for


class EmailBackend(smtp.EmailBackend):
    """Django's own connections, and the bytes that all our mail is made of."""

    def _send(self, email_message: EmailMessage) -> bool:
        recipients = email_message.recipients()
        if not recipients or self.connection is None:
            return False
        raw = written(email_message)
        sender = envelope_sender(email_message)
        if signer := signer_for(sender):
            raw = signer.signature(raw) + raw
        self.connection.sendmail(sender, recipients, raw)
        return True
