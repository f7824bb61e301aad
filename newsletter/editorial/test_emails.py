"""A proof by mail: one edition to the person who looks after it, and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from newsletter.errors import LookAgain
from subscribers.emails import headers_of
from subscribers.models import Publication
from subscribers.services.clone_guard import mail_may_leave


@dataclass(frozen=True)
class ProofMail:
    """An edition with example values in its slots: no link in it is any reader's."""

    publication: Publication
    language: str
    subject: str
    html: str
    text: str


def send_proof(proof: ProofMail, *, to: str) -> None:
    """Mail `proof` to the address `to`, marked in its subject; not owed, so not tried again.

    Raises:
        LookAgain: it did not leave; why, in a sentence.
    """
    if not to:
        raise LookAgain(_("Your login has no address to send a proof to."))
    if not mail_may_leave():
        raise LookAgain(_("Nothing is sent: the kill switch is on."))
    try:
        _message(proof, to).send()
    except Exception as error:  # every mail backend has errors of its own
        raise LookAgain(_("The proof was not sent: %(error)s") % {"error": error}) from error


def _message(proof: ProofMail, to: str) -> EmailMultiAlternatives:
    publication = proof.publication
    message = EmailMultiAlternatives(
        subject=f"[Proof] {proof.subject}",
        body=proof.text,
        from_email=str(Address(publication.from_name, addr_spec=publication.from_address)),
        to=[to],
        reply_to=[publication.reply_to],
        headers=headers_of(publication, proof.language),
    )
    if proof.html:
        message.attach_alternative(proof.html, "text/html")
    return message
