"""Erase a person, so that nothing that is kept leads to them and every count stays true."""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscribers.errors import TryAgainSoon
from subscribers.models import (
    AuditAction,
    Publication,
    Subscriber,
    Suppression,
    SuppressionReason,
)
from subscribers.services.auditing import record
from subscribers.services.personal_data import ERASED_DOMAIN, Leaving, Person, all_holdings
from subscribers.services.scrubbing import scrub
from subscribers.wordings import later, stored

logger = logging.getLogger(__name__)


@transaction.atomic
def erase(
    subscriber: Subscriber, *, by: AbstractBaseUser | str, never_mail_again: bool = False
) -> None:
    """Erase all that is held about `subscriber`, in every table and file.

    What the ledger counts stays, without its reader. A reader who asked never to be mailed, or asks
    so now, stays suppressed: by a key that knows their mailbox again and does not tell it.
    The audit log keeps their number, and that `by` erased them.

    Raises:
        TryAgainSoon: an email to them is being sent, or an audience is being fixed, right now.
    """
    leaving = _lock([subscriber.pk])
    if not leaving.people:
        return  # somebody else has just done so
    if _in_use(leaving):
        raise TryAgainSoon
    if never_mail_again:
        _never_mail(leaving)
    record(AuditAction.ERASED, by=by, about=subscriber)
    _erase(leaving)
    transaction.on_commit(_scrub)


@transaction.atomic
def erase_address(
    address: str, *, by: AbstractBaseUser | str, never_mail_again: bool = False
) -> None:
    """Erase what is held about a normalised `address` that no subscriber has.

    That is what was typed or counted by address alone, such as a suppression.
    """
    leaving = Leaving([Person.by_address(address)])
    if never_mail_again:
        _never_mail(leaving)
    note = stored(later(lambda: _("an address that no reader has")))
    record(AuditAction.ERASED, by=by, about=Subscriber, note=note)
    _erase(leaving)
    transaction.on_commit(_scrub)


@transaction.atomic
def erase_all(subscribers: Collection[int], *, by: str) -> int:
    """Erase these subscribers (ids), in a few queries; how many there were.

    Those with something in use at this moment are left for another time.
    """
    try:
        leaving = _lock(subscribers)
    except TryAgainSoon:
        return 0
    in_use = _in_use(leaving)
    leaving = Leaving([person for person in leaving.people if person.id not in in_use])
    number = len(leaving.people)
    if number:
        _erase(leaving)
        record(
            AuditAction.ERASED,
            by=by,
            about=Subscriber,
            note=stored(later(lambda: _readers(number))),
        )
    return number


def _readers(number: int) -> str:
    return ngettext("%(number)d reader", "%(number)d readers", number) % {"number": number}


def _scrub() -> None:
    if not scrub():
        logger.warning("The database was too busy to be rid of deleted rows: run VACUUM later.")


def _lock(subscribers: Collection[int]) -> Leaving:
    """These subscribers as they are; until we commit, nobody fixes an audience or signs up."""
    publications = Publication.objects.filter(subscriptions__subscriber__in=subscribers)
    ids = list(publications.values_list("pk", flat=True).distinct())
    held = Publication.objects.filter(pk__in=ids).order_by("pk")
    try:
        with transaction.atomic():
            # A freeze holds its publication: what it copies into the ledger is not there yet.
            list(held.select_for_update(no_key=True, nowait=True))
    except OperationalError:
        raise TryAgainSoon from None
    known = Subscriber.objects.filter(pk__in=subscribers).exclude(
        mailbox__endswith=f"@{ERASED_DOMAIN}"
    )
    people = known.order_by("pk").select_for_update().values_list("pk", "address", "mailbox")
    return Leaving([Person(*person) for person in people])


def _in_use(leaving: Leaving) -> frozenset[int]:
    return frozenset().union(*(holding.in_use(leaving) for holding in all_holdings()))


def _never_mail(leaving: Leaving) -> None:
    for mailbox in leaving.mailboxes:
        Suppression.objects.update_or_create(
            mailbox=mailbox, defaults={"reason": SuppressionReason.ASKED}
        )


def _erase(leaving: Leaving) -> None:
    bound = frozenset().union(*(holding.binds(leaving) for holding in all_holdings()))
    leaving = Leaving(leaving.people, bound)
    # What refers to others comes after them.
    for holding in reversed(all_holdings()):
        holding.erase(leaving)
