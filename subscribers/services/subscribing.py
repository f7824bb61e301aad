"""Sign up, and confirm from the mailbox."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from subscribers.addresses import normalise
from subscribers.errors import AskToSignUpAgain, LinkOutlived
from subscribers.models import (
    ConsentKind,
    NoticeKind,
    Publication,
    Region,
    RegionSet,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import consenting, limiting, notifying, preferences
from subscribers.services.consenting import Shown


@transaction.atomic
def request(
    *,
    publication: Publication,
    address: str,
    regions: Collection[Region],
    language: str,
    mail_format: str,
    shown: Shown,
) -> None:
    """Note that somebody asked for `publication` at `address`, and owe that mailbox an answer.

    Whoever asks learns nothing of the address: what is known of it shows only in the mail.
    Until its owner confirms, the newest request counts. Nothing changes for a reader who
    has confirmed: anybody can type their address.

    Raises:
        AskForAnotherAddress: mail cannot be sent there.
        AskForRegions: no region is chosen.
        AskForOtherRegions: one of them is not offered.
        AskLater: too many requests came from that network.
    """
    address = normalise(address)
    region_set = preferences.interests(publication, regions)
    answered = limiting.let_in(address, shown.network)
    subscriber = _subscriber(address, language, mail_format)
    # Locked, so that a confirmation at this moment is not taken back.
    subscription, _created = Subscription.objects.select_for_update().get_or_create(
        subscriber=subscriber, publication=publication, defaults={"region_set": region_set}
    )
    if subscription.status == SubscriptionStatus.ACTIVE:
        if answered:
            notifying.owe(subscription, NoticeKind.ALREADY_ACTIVE)
        return
    _await_confirmation(subscription, region_set)
    consenting.record(subscription, ConsentKind.REQUESTED, shown)
    if answered:
        notifying.owe(subscription, NoticeKind.CONFIRM)


def find(public_id: UUID) -> Subscription:
    """The subscription that `public_id` stands for, with its subscriber and publication.

    Raises:
        LinkOutlived: there is none any more.
    """
    known = Subscription.objects.select_related("subscriber", "publication")
    try:
        return known.get(public_id=public_id)
    except Subscription.DoesNotExist:
        raise LinkOutlived from None


@transaction.atomic
def confirm(subscription: Subscription, *, shown: Shown) -> bool:
    """Let `subscription` begin; whether it waited for that.

    Raises:
        AskToSignUpAgain: it has ended, or is gone at this moment.
    """
    waiting = Subscription.objects.filter(pk=subscription.pk, status=SubscriptionStatus.PENDING)
    confirmed = waiting.update(status=SubscriptionStatus.ACTIVE, confirmed_at=timezone.now())
    try:
        subscription.refresh_from_db(fields=("status", "confirmed_at"))
    except Subscription.DoesNotExist:
        raise AskToSignUpAgain from None
    if subscription.status == SubscriptionStatus.ENDED:
        raise AskToSignUpAgain
    if confirmed:
        consenting.record(subscription, ConsentKind.CONFIRMED, shown)
    return bool(confirmed)


def _subscriber(address: str, language: str, mail_format: str) -> Subscriber:
    """The subscriber with this address, locked; new, or with the choices they once confirmed."""
    wishes = {"language": language, "mail_format": mail_format}
    subscriber, _created = Subscriber.objects.select_for_update().get_or_create(
        mailbox=address.lower(), defaults={"address": address, **wishes}
    )
    if not subscriber.subscriptions.filter(status=SubscriptionStatus.ACTIVE).exists():
        subscriber.language, subscriber.mail_format = language, mail_format
        subscriber.save(update_fields=wishes)
    return subscriber


def _await_confirmation(subscription: Subscription, region_set: RegionSet) -> None:
    subscription.region_set = region_set
    subscription.status = SubscriptionStatus.PENDING
    subscription.requested_at = timezone.now()
    subscription.confirmed_at = subscription.ended_at = None
    subscription.ended_reason = ""
    subscription.save()
