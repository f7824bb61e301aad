"""Test emails: one edition to the person who looks after it, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from newsletter.errors import LookAgain
from subscribers.channels import channel_named
from subscribers.emails import headers_of
from subscribers.models import Publication
from subscribers.services.clone_guard import mail_may_leave


@dataclass(frozen=True)
class ExampleEmail:
    """An edition with example values in its slots: no link in it is any reader's."""

    publication: Publication
    language: str
    subject: str
    html: str
    text: str


def send_test_email(example: ExampleEmail, *, to: str) -> None:
    """Mail `example` to the address `to`, marked in its subject; not owed, so not tried again.

    Raises:
        LookAgain: it did not leave; why, in a sentence.
    """
    if not to:
        raise LookAgain(_("Your login has no address to send a test email to."))
    if not mail_may_leave():
        raise LookAgain(_("Nothing is sent: the kill switch is on."))
    try:
        message = _message(example, to)
        message.connection = channel_named(example.publication.channel).connection()
        message.send()
    except Exception as error:  # every mail backend has errors of its own
        raise LookAgain(_("The test email was not sent: %(error)s") % {"error": error}) from error


def _message(example: ExampleEmail, to: str) -> EmailMultiAlternatives:
    publication = example.publication
    message = EmailMultiAlternatives(
        subject=f"[Test] {example.subject}",
        body=example.text,
        from_email=str(Address(publication.from_name, addr_spec=publication.from_address)),
        to=[to],
        reply_to=[publication.reply_to],
        headers=headers_of(publication, example.language),
    )
    if example.html:
        message.attach_alternative(example.html, "text/html")
    return message
