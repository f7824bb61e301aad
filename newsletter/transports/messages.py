"""The headers that make mail a newsletter's, and the rule that it shows nobody else's address."""

from __future__ import annotations

from email.utils import format_datetime
from urllib.parse import quote

from anymail.message import AnymailMessage
from django.utils import timezone

from newsletter.rendering.slots import Slot
from newsletter.transports.base import (
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    TransportMisconfigured,
)
from subscribers.emails import UNANSWERED

#: With List-Unsubscribe it promises that a POST to the address there unsubscribes (RFC 8058).
ONE_CLICK = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


class WouldShowAddresses(TransportMisconfigured):
    """A message to several people would have gone out with all their addresses in it."""


def common_headers(batch: OutgoingBatch) -> dict[str, str]:
    """The headers that every copy of `batch` shares (RFC 2369, RFC 2919)."""
    return {
        "Date": format_datetime(timezone.now()),
        "List-Id": f"<{batch.list_id}>",
        **{name: f"<{page}>" for name, page in batch.list_pages.items()},
        "List-Post": "NO",
        **ONE_CLICK,
        **UNANSWERED,
        "Precedence": "list",
        "Feedback-ID": batch.feedback_id,
    }


def edition_headers(edition: OutgoingEdition) -> dict[str, str]:
    """The headers that every copy of `edition` shares, beside those of its batch."""
    return {"Content-Language": edition.language}


def list_unsubscribe(copy: OutgoingMessage, by_mail: str) -> str:
    """List-Unsubscribe: the one-click link first, then the address that begins with `by_mail`."""
    return f"<{copy.values[Slot.UNSUBSCRIBE_URL]}>, <{by_mail}{copy.reference}>"


def thread_headers(copy: OutgoingMessage) -> dict[str, str]:
    """What puts `copy` under the message that it belongs to (RFC 5322 §3.6.4); none if alone."""
    if not copy.in_reply_to:
        return {}
    return {"In-Reply-To": f"<{copy.in_reply_to}>", "References": f"<{copy.in_reply_to}>"}


def by_mail(batch: OutgoingBatch) -> str:
    """Where a mail program that knows no one-click writes to: a mailbox that people read.

    The reference of a copy belongs at its end: by it people find whom the mail is from, from
    whatever address it comes.
    """
    address = quote(batch.reply_to, safe="@+")
    return f"mailto:{address}?subject=unsubscribe%20{quote(batch.list_id)}%20"


def refuse_to_show_addresses(message: AnymailMessage, *, merges: bool) -> None:
    """Refuse a message that would reach its readers with the addresses of others in it.

    A backend puts all recipients into the headers of one message, unless it merges and the
    message holds something for each of them.

    Raises:
        WouldShowAddresses: there is any number of recipients but one, and not that exception.
    """
    recipients = len(message.to) + len(message.cc) + len(message.bcc)
    # Anymail has a value of its own for what was not set.
    merged = message.merge_metadata if isinstance(message.merge_metadata, dict) else {}
    one_each = merges and set(message.to) == set(merged)
    if recipients != 1 and not (one_each and recipients == len(message.to)):
        raise WouldShowAddresses(f"A message for one reader has {recipients} recipients.")
