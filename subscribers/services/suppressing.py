"""Mailboxes that are never mailed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from subscribers.models import Suppression, SuppressionReason


@dataclass(frozen=True, order=True)
class Found:
    """A mailbox not to be mailed any more, why, and in whose words."""

    mailbox: str
    reason: SuppressionReason
    detail: str = ""


def suppress(mailbox: str, *, reason: SuppressionReason, detail: str = "") -> bool:
    """Never mail `mailbox` again; whether that is new. The first reason stays."""
    _suppression, created = Suppression.objects.get_or_create(
        mailbox=mailbox.lower(), defaults={"reason": reason, "detail": detail[:200]}
    )
    return created


def suppress_all(found: Iterable[Found]) -> None:
    """Never mail any of these mailboxes again, in a few queries. The first reason stays."""
    # In one order: of two workers that write the same ones, neither waits for the other's next.
    Suppression.objects.bulk_create(
        (
            Suppression(mailbox=one.mailbox.lower(), reason=one.reason, detail=one.detail[:200])
            for one in sorted(set(found))
        ),
        ignore_conflicts=True,
    )


def is_suppressed(mailbox: str) -> bool:
    return Suppression.objects.filter(mailbox=mailbox.lower()).exists()
