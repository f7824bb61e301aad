"""Our adapters to what carries mail."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from newsletter.transports.base import Transport
from newsletter.transports.esp import EspTransport
from newsletter.transports.esp_capabilities import capabilities
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


def keys_live_for() -> timedelta:
    """For how long what carries our mail knows an idempotency key; none at all if it has none."""
    idempotency = capabilities(settings.MAIL_TRANSPORT).idempotency
    return idempotency.remembered_for if idempotency else timedelta(0)
