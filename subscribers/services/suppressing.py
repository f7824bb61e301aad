"""Mailboxes that are never mailed."""

from __future__ import annotations

from subscribers.models import Suppression, SuppressionReason


def suppress(mailbox: str, *, reason: SuppressionReason, detail: str = "") -> bool:
    """Never mail `mailbox` again; whether that is new. The first reason stays."""
    _suppression, created = Suppression.objects.get_or_create(
        mailbox=mailbox.lower(), defaults={"reason": reason, "detail": detail[:200]}
    )
    return created


def is_suppressed(mailbox: str) -> bool:
    return Suppression.objects.filter(mailbox=mailbox.lower()).exists()
