"""One reader's copy as Django would build it: what the bytes that we write are held against."""

from __future__ import annotations

from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives

from newsletter.rendering.slots import fill, fill_html
from newsletter.transports.base import OutgoingBatch, OutgoingMessage
from newsletter.transports.messages import (
    by_mail,
    common_headers,
    edition_headers,
    list_unsubscribe,
)


def build_message(batch: OutgoingBatch, copy: OutgoingMessage) -> EmailMultiAlternatives:
    """The message of `copy`: exactly one recipient, every slot filled."""
    edition = batch.editions[copy.edition]
    message = EmailMultiAlternatives(
        subject=fill(edition.subject, copy.values),
        body=fill("".join(edition.text), copy.values),
        from_email=formataddr((batch.from_name, batch.from_address)),
        to=[copy.address],
        reply_to=[batch.reply_to],
        headers={
            **common_headers(batch),
            **edition_headers(edition),
            "Message-ID": f"<{copy.message_id}>",
            "List-Unsubscribe": list_unsubscribe(copy, by_mail(batch)),
        },
    )
    if edition.html:
        html = fill_html("".join(edition.html), copy.values)
        message.attach_alternative(html, "text/html")
    return message
