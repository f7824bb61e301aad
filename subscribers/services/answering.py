"""Answer requests to subscribe by email, each to the mailbox that it is about.

What is known of an address makes a difference here and nowhere before: a request is stored in
the same way for every address, so the page that took it cannot tell one from another.
"""

from __future__ import annotations

from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from subscribers.addresses import mailbox_key, one_mailbox
from subscribers.models import (
    NoticeKind,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from subscribers.services import notifying
from subscribers.services.suppressing import THEIR_WILL
from subscribers.tokens import LIFETIMES, Purpose


def requests_due() -> bool:
    """Whether a request waits for its answer."""
    return _due().exists()


def answer_due(limit: int = 100) -> int:
    """Answer up to `limit` requests that are due; how many there were."""
    return sum(1 for _answered in islice(iter(_answer_one, False), limit))


@transaction.atomic
def _answer_one() -> bool:
    """Answer the request that has waited longest; False where none is left."""
    waiting = _due().order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
    request = waiting.select_related("publication").first()
    if request is not None:
        _answer(request)
    return request is not None


def _due() -> QuerySet[SignUpRequest]:
    return SignUpRequest.objects.filter(subscription=None, due_at__lte=timezone.now())


def _answer(request: SignUpRequest) -> None:
    exactly = Q(mailbox_key=mailbox_key(request.address))
    # A person who wants no mail at “awa@” is not mailed at “awa+1@”, which they read too.
    as_read = Q(mailbox_key=mailbox_key(one_mailbox(request.address)), reason__in=THEIR_WILL)
    suppressed = Suppression.objects.filter(exactly | as_read)
    if suppressed.update(asked_again_at=timezone.now()):
        request.delete()
        return
    subscription = _subscription(request)
    request.subscription, request.address = subscription, ""
    request.expires_at = timezone.now() + LIFETIMES[Purpose.CONFIRM]
    request.save(update_fields=("subscription", "address", "expires_at"))
    is_active = subscription.status == SubscriptionStatus.ACTIVE
    kind = NoticeKind.ALREADY_ACTIVE if is_active else NoticeKind.CONFIRM
    notifying.owe(subscription, kind, request=request)


def _subscription(request: SignUpRequest) -> Subscription:
    """The subscription that `request` is for: the one that is known, unchanged, or a new one."""
    wishes = {
        "interest_set": request.interest_set,
        "language": request.language,
        "mail_format": request.mail_format,
        "requested_at": request.requested_at,
    }
    subscriber, _created = Subscriber.objects.select_for_update().get_or_create(
        mailbox=request.address.lower(), defaults={"address": request.address}
    )
    subscription, _created = Subscription.objects.select_for_update().get_or_create(
        subscriber=subscriber, publication=request.publication, defaults=wishes
    )
    return subscription
