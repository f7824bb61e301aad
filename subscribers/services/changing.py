"""Tell readers what a link changed about their subscription, and take it back.

Anyone who has an email has its links, and email is forwarded. So nothing that a link does goes
unnoticed: the reader's own mailbox is told how it was and how it is, with a way back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from subscribers.errors import AskToSignUpAgain, LinkOutlived
from subscribers.models import (
    Change,
    ConsentKind,
    EndedReason,
    Notice,
    NoticeKind,
    NoticeState,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import consenting
from subscribers.services.consenting import Shown
from subscribers.tokens import LIFETIMES, Purpose

#: How long a notice waits for further changes, which it tells too; the more of them there were
#: within `MEMORY`, the longer. All is told, and nobody can fill a mailbox by changing things.
WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
MEMORY = timedelta(days=7)
#: What a subscription and a change of it both have, beside whether it goes on.
RESTORED = ("interest_set", "language", "mail_format", "only_on_change", "paused_until")


def locked(subscription: Subscription) -> Subscription:
    """`subscription` as it stands, locked as everywhere: its subscriber first.

    Nobody else changes or deletes either. Rows that refer to them may be written, as they are by
    the freeze of a mailing: no reader waits for that.

    Raises:
        AskToSignUpAgain: it is gone.
    """
    subscriber = (
        Subscriber.objects.filter(pk=subscription.subscriber_id)
        .select_for_update(no_key=True)
        .first()
    )
    own = Subscription.objects.filter(pk=subscription.pk).select_for_update(
        no_key=True, of=("self",)
    )
    standing = own.select_related("publication").first()
    if subscriber is None or standing is None:
        raise AskToSignUpAgain
    standing.subscriber = subscriber
    return standing


def remember(standing: Subscription) -> None:
    """Note how a locked subscription stands, to be told once a link has changed it."""
    now = timezone.now()
    notices = Notice.objects.filter(subscription=standing, kind=NoticeKind.CHANGED)
    waiting = notices.filter(state=NoticeState.OWED, attempts=0, due_at__gt=now)
    # Locked, so that no worker tells of it before what follows is committed.
    if waiting.select_for_update().exists():
        return
    change = Change.objects.create(
        subscription=standing,
        was_active=standing.status == SubscriptionStatus.ACTIVE,
        ended_at=standing.ended_at,
        ended_reason=standing.ended_reason,
        interest_set_id=standing.interest_set_id,
        language=standing.language,
        mail_format=standing.mail_format,
        time_zone=standing.subscriber.time_zone,
        only_on_change=standing.only_on_change,
        paused_until=standing.paused_until,
    )
    Notice.objects.create(
        subscription=standing, kind=NoticeKind.CHANGED, change=change, due_at=now + _wait(standing)
    )


def find(public_id: UUID) -> Change:
    """The change that `public_id` stands for, with all that it is about.

    Raises:
        LinkOutlived: there is none any more.
    """
    known = Change.objects.select_related(
        "subscription__subscriber", "subscription__publication", "interest_set"
    )
    try:
        return known.get(public_id=public_id)
    except Change.DoesNotExist:
        raise LinkOutlived from None


@transaction.atomic
def undo(change: Change, *, shown: Shown) -> bool:
    """Let everything be as it was before `change`; whether it was not undone before.

    It changes the subscription by a link, so it is told too. Who has left comes back only by
    undoing that, not by a link from before.

    Raises:
        AskToSignUpAgain: the subscription has ended, and not by `change`.
    """
    standing = locked(change.subscription)
    if not Change.objects.filter(pk=change.pk, undone_at=None).update(undone_at=timezone.now()):
        return False
    if standing.status == SubscriptionStatus.ENDED and not _ended_by(change, standing):
        raise AskToSignUpAgain
    remember(standing)
    _restore(change, standing)
    consenting.record(standing, ConsentKind.RESTORED, shown)
    return True


@transaction.atomic
def end_older_links(subscription: Subscription) -> None:
    """End all links to preferences that were mailed to the reader, and mail them a fresh one.

    The fresh one goes to their mailbox alone: anyone who holds a link that was passed on shuts
    themselves out.
    """
    reader = subscription.subscriber
    # Of those who press the button at the same moment, one is told of it.
    as_seen = Subscriber.objects.filter(pk=reader.pk, link_generation=reader.link_generation)
    if as_seen.update(link_generation=F("link_generation") + 1):
        Notice.objects.create(subscription=subscription, kind=NoticeKind.LINKS_ENDED)


def withdraw_requests(subscriptions: Collection[int]) -> None:
    """Let no link from before bring back who leaves: what waits for confirmation is gone."""
    SignUpRequest.objects.filter(subscription__in=subscriptions, used_at=None).delete()


def outlived() -> QuerySet[Change]:
    """Changes whose undo works no more."""
    return Change.objects.filter(made_at__lte=timezone.now() - WAITS[-1] - LIFETIMES[Purpose.UNDO])


def _ended_by(change: Change, standing: Subscription) -> bool:
    """Whether it was `change` that ended the subscription, which went on before."""
    later = Change.objects.filter(subscription=standing, pk__gt=change.pk)
    by_link = standing.ended_reason == EndedReason.UNSUBSCRIBED
    return change.was_active and by_link and not later.exists()


def wait_after(lately: int) -> timedelta:
    """How long a notice waits for further changes, after so many within :data:`MEMORY`."""
    return WAITS[min(lately, len(WAITS) - 1)]


def _wait(subscription: Subscription) -> timedelta:
    """How long a notice about `subscription` waits for further changes."""
    lately = Notice.objects.filter(
        subscription__subscriber=subscription.subscriber_id,
        kind=NoticeKind.CHANGED,
        created_at__gt=timezone.now() - MEMORY,
    )
    return wait_after(lately.count())


def _restore(change: Change, standing: Subscription) -> None:
    Subscriber.objects.filter(pk=standing.subscriber_id).update(time_zone=change.time_zone)
    for name in RESTORED:
        setattr(standing, name, getattr(change, name))
    if change.was_active:
        standing.status, standing.ended_at = SubscriptionStatus.ACTIVE, None
        standing.ended_reason = ""
    else:
        withdraw_requests([standing.pk])
        standing.status = SubscriptionStatus.ENDED
        standing.ended_at = change.ended_at or timezone.now()
        standing.ended_reason = change.ended_reason or EndedReason.UNSUBSCRIBED
    standing.save(update_fields=(*RESTORED, "status", "ended_at", "ended_reason"))
