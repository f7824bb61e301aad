"""Our adapters to what carries mail."""

from __future__ import annotations

from django.conf import settings

from newsletter.transports.base import Transport
from newsletter.transports.esp import EspTransport
from newsletter.transports.outbox import OutboxTransport
from newsletter.transports.smtp import SmtpTransport


def configured() -> Transport:
    """The transport that MAIL_TRANSPORT names.

    Raises:
        TransportMisconfigured: what it needs is not set.
    """
    match settings.MAIL_TRANSPORT:
        case "outbox":
            return OutboxTransport()
        case "smtp":
            return SmtpTransport()
        case esp:
            return EspTransport(esp)
