"""The transactional emails, one function each: every one goes to the one person it is about.

They hold nothing that a visitor typed, so nobody can send their own words through the form.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import format_datetime, make_msgid

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers import links
from subscribers.differences import differences
from subscribers.languages import spoken_to
from subscribers.models import (
    MailFormat,
    Notice,
    Publication,
    Subscription,
    SubscriptionStatus,
)
from subscribers.tokens import LIFETIMES, Purpose

#: Nobody's "I am away" comes back, nor any other answer that no person wrote: by the standard
#: (RFC 3834), and as Exchange knows it.
UNANSWERED = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}


def confirm(notice: Notice) -> EmailMultiAlternatives:
    """“Confirm your subscription”, to an address that somebody typed into the form."""
    request = notice.request
    if request is None:
        raise ValueError("There is nothing to confirm without a request.")
    return _message(
        "confirm",
        notice.subscription,
        subject=_("Confirm your subscription to %(publication)s"),
        language=request.language,
        mail_format=request.mail_format,
        regions=request.interest_set.in_words(request.language),
        confirm_url=links.confirm_url(request.public_id),
        days=LIFETIMES[Purpose.CONFIRM].days,
        stop_url=links.stop_url(notice.subscription.subscriber.address),
    )


def already_active(notice: Notice) -> EmailMultiAlternatives:
    """“You get this already”, to a reader whose address was typed into the form again.

    Where other regions were asked for, a link confirms these instead.
    """
    subscription, request = notice.subscription, notice.request
    other: dict[str, object] = {}
    if request is not None and request.interest_set_id != subscription.interest_set_id:
        language = subscription.language
        other["other_regions"] = request.interest_set.in_words(language)
        other["confirm_url"] = links.confirm_url(request.public_id)
        other["confirm_days"] = LIFETIMES[Purpose.CONFIRM].days
    # Anybody can have this mail sent, so it has the same way to be left alone.
    other["stop_url"] = links.stop_url(subscription.subscriber.address)
    subject = _("You are already subscribed to %(publication)s")
    return _message_with_links("already_active", subscription, subject=subject, **other)


def new_link(notice: Notice) -> EmailMultiAlternatives:
    """“Here is a fresh link”, to a reader whose link to their preferences was too old."""
    subject = _("Your fresh link for %(publication)s")
    return _message_with_links("new_link", notice.subscription, subject=subject)


def links_ended(notice: Notice) -> EmailMultiAlternatives:
    """“Your older links have ended”, to a reader who ended them, with the one that works."""
    subject = _("Your older links for %(publication)s have ended")
    return _message_with_links("links_ended", notice.subscription, subject=subject)


def changed(notice: Notice) -> EmailMultiAlternatives:
    """“Your subscription has changed”: how it was, how it is, and the way back.

    In the language and format from before: a stranger may have chosen the new ones.
    """
    change, subscription = notice.change, notice.subscription
    if change is None:
        raise ValueError("There is nothing to tell without a change.")
    before = change if change.was_active else subscription
    with translation.override(spoken_to(before.language)):
        changes = differences(change)
    return _message(
        "changed",
        subscription,
        subject=_("Your subscription to %(publication)s has changed"),
        language=before.language,
        mail_format=before.mail_format,
        changes=changes,
        is_active=subscription.status == SubscriptionStatus.ACTIVE,
        undo_url=links.undo_url(change.public_id),
        undo_days=LIFETIMES[Purpose.UNDO].days,
        **_reader_links(subscription),
    )


def _reader_links(subscription: Subscription) -> dict[str, str]:
    generation = subscription.subscriber.link_generation
    return {
        "preferences_url": links.preferences_url(subscription.public_id, generation),
        "unsubscribe_url": links.unsubscribe_url(subscription.public_id),
    }


def _message_with_links(
    name: str, subscription: Subscription, *, subject: Promise, **values: object
) -> EmailMultiAlternatives:
    return _message(
        name,
        subscription,
        subject=subject,
        language=subscription.language,
        mail_format=subscription.mail_format,
        regions=subscription.interest_set.in_words(subscription.language),
        days=LIFETIMES[Purpose.PREFERENCES].days,
        **_reader_links(subscription),
        **values,
    )


def _message(
    name: str,
    subscription: Subscription,
    *,
    subject: Promise,
    language: str,
    mail_format: str,
    **values: object,
) -> EmailMultiAlternatives:
    """The mail of the templates `name`, to readers of `language`, in `mail_format`."""
    publication, language = subscription.publication, spoken_to(language)
    with translation.override(language):
        title = str(subject) % {"publication": publication.name}
        context = {"subject": title, "language": language, "publication": publication, **values}
        text = render_to_string(f"subscribers/email/{name}.txt", context)
        page = render_to_string(f"subscribers/email/{name}.html", context)
    message = EmailMultiAlternatives(
        subject=title,
        body=text,
        from_email=str(Address(publication.from_name, addr_spec=publication.from_address)),
        to=[subscription.subscriber.address],
        reply_to=[publication.reply_to],
        headers=headers_of(publication, language),
    )
    if mail_format == MailFormat.HTML:
        message.attach_alternative(page, "text/html")
    return message


def headers_of(publication: Publication, language: str) -> dict[str, str]:
    """What heads a mail to one person, beside whom it is from and to."""
    domain = publication.from_address.rpartition("@")[2]
    return {
        "Date": format_datetime(timezone.now()),
        "Message-ID": make_msgid(domain=domain),
        **UNANSWERED,
        "Content-Language": language,
    }
