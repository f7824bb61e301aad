"""One reader's copy as a message, and the rule that it shows nobody else's address."""

from __future__ import annotations

from email.utils import format_datetime

from django.core.mail import EmailMessage, EmailMultiAlternatives
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


def refuse_to_show_addresses(message: EmailMessage) -> None:
    """Django's backends put every recipient into the headers of one message: refuse more than one.

    Raises:
        WouldShowAddresses: `message` has any number of recipients but one.
    """
    recipients = len(message.to) + len(message.cc) + len(message.bcc)
    if recipients != 1:
        raise WouldShowAddresses(f"A message for one reader has {recipients} recipients.")
