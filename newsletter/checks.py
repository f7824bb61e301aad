"""What is worth telling whoever runs `manage.py check`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register()
def webhooks_are_open(**_kwargs: Any) -> list[checks.CheckMessage]:
    """An ESP is in use and has no way to report what became of the mail."""
    if settings.MAIL_TRANSPORT in ("outbox", "smtp") or settings.WEBHOOKS_OPEN:
        return []
    return [
        checks.Warning(
            "Bounces and complaints are not heard of: the addresses under /anymail/ are closed.",
            hint="Set ANYMAIL_WEBHOOK_SECRET to user:password with a long random password, and "
            "give the ESP the address that docs/howto/configure.md says.",
            id="newsletter.W001",
        )
    ]
