"""One reader's copy as a message, and the rule that it shows nobody else's address."""

from __future__ import annotations

from email.utils import format_datetime

from anymail.message import AnymailMessage
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from newsletter.rendering.slots import Slot, fill, fill_html
from newsletter.transports.base import Copy, Parcel


class WouldShowAddresses(Exception):
    """A message to several people would have gone out with all their addresses in it."""


def build_message(parcel: Parcel, copy: Copy) -> EmailMultiAlternatives:
    """The message of `copy`: exactly one recipient, every slot filled.

    Headers follow RFC 8058 (one-click unsubscribe) and RFC 2919 (List-Id).
    """
    message = EmailMultiAlternatives(
        subject=fill(parcel.subject, copy.values),
        body=fill(parcel.text, copy.values),
        from_email=parcel.from_address,
        to=[copy.address],
        reply_to=[parcel.reply_to],
        headers={
            **common_headers(parcel),
            "Message-ID": f"<{copy.message_id}>",
            "List-Unsubscribe": f"<{copy.values[Slot.UNSUBSCRIBE_URL]}>",
        },
    )
    if parcel.html:
        message.attach_alternative(fill_html(parcel.html, copy.values), "text/html")
    return message


def common_headers(parcel: Parcel) -> dict[str, str]:
    """The headers that every copy of `parcel` shares."""
    return {
        "Date": format_datetime(timezone.now()),
        "List-Id": f"<{parcel.list_id}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Content-Language": parcel.language,
    }


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
    each_for_himself = merges and set(message.to) == set(merged)
    if recipients != 1 and not (each_for_himself and recipients == len(message.to)):
        raise WouldShowAddresses(f"A message for one reader has {recipients} recipients.")
