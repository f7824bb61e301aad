"""Mailboxes that are never mailed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from subscribers.addresses import mailbox_key
from subscribers.models import Subscriber, Suppression, SuppressionReason

#: Reasons that are what the person wants, and outlive what else is known of them.
THEIR_WILL = (SuppressionReason.ASKED, SuppressionReason.COMPLAINED)


@dataclass(frozen=True, order=True)
class Found:
    """A mailbox not to be mailed any more, why, and in whose words."""

    mailbox: str
    reason: SuppressionReason
    detail: str = ""


def suppress(mailbox: str, *, reason: SuppressionReason, detail: str = "") -> bool:
    """Never mail `mailbox` again; whether that is new. The first reason stays."""
    if is_suppressed(mailbox):
        return False
    suppress_all([Found(mailbox, reason, detail)])
    return True


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
    return suppression_of(mailbox) is not None


def suppression_of(mailbox: str) -> Suppression | None:
    """Why `mailbox` is not mailed, if it is not."""
    known = Q(mailbox=mailbox.lower()) | Q(mailbox_key=mailbox_key(mailbox))
    return Suppression.objects.filter(known).first()


def suppressed(subscriber: str = "subscriber") -> Exists:
    """The condition that the mailbox of the subscriber in column `subscriber` is suppressed."""
    readers = Subscriber.objects.filter(pk=OuterRef(subscriber))
    return Exists(readers.filter(has_suppressed("mailbox", "mailbox_key")))


def has_suppressed(mailbox: str, mailbox_key: str) -> Q:
    """The condition that the mailbox in these columns of a row is suppressed."""
    by_mailbox = Suppression.objects.filter(mailbox=OuterRef(mailbox))
    by_key = Suppression.objects.filter(mailbox_key=OuterRef(mailbox_key))
    return Q(Exists(by_mailbox) | Exists(by_key))
