"""One reader's copy as Django would build it: what the bytes that we write are held against."""

from __future__ import annotations

from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives

from newsletter.rendering.slots import fill, fill_html
from newsletter.transports.base import Copy, Parcel
from newsletter.transports.messages import by_mail, common_headers, list_unsubscribe


def build_message(parcel: Parcel, copy: Copy) -> EmailMultiAlternatives:
    """The message of `copy`: exactly one recipient, every slot filled."""
    message = EmailMultiAlternatives(
        subject=fill(parcel.subject, copy.values),
        body=fill(parcel.text, copy.values),
        from_email=formataddr((parcel.from_name, parcel.from_address)),
        to=[copy.address],
        reply_to=[parcel.reply_to],
        headers={
            **common_headers(parcel),
            "Message-ID": f"<{copy.message_id}>",
            "List-Unsubscribe": list_unsubscribe(copy, by_mail(parcel)),
        },
    )
    if parcel.html:
        message.attach_alternative(fill_html(parcel.html, copy.values), "text/html")
    return message
