"""Sign up, and confirm from the mailbox."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from subscribers.addresses import normalise
from subscribers.errors import LinkOutlived
from subscribers.models import (
    ConsentKind,
    Publication,
    SignUpRequest,
    Subscription,
    SubscriptionStatus,
)
from subscribers.models.interests import Interests
from subscribers.services import changing, consenting, limiting, preferences
from subscribers.services.clone_guard import register
from subscribers.services.consenting import Shown


@transaction.atomic
def request(
    *,
    publication: Publication,
    address: str,
    regions: Interests,
    language: str,
    mail_format: str,
    shown: Shown,
    proven: bool = False,
) -> None:
    """Note that somebody asked for `publication` at `address`, for a worker to answer by email.

    The person who asks learns nothing of the address: it is not even looked up, so that the answer
    takes the same time for each. What the limits leave unanswered leaves no trace but a count.
    While many ask, those for whom no computer has `proven` its work are answered one by one.

    Raises:
        AskForAnotherAddress: mail cannot be sent there.
        AskForRegions: no region is chosen.
        AskForOtherRegions: one of them is not offered.
        AskLater: too many requests came from that network.
    """
    address = normalise(address)
    interest_set = preferences.interests(publication, regions)
    due_at = limiting.answer_at(proven=proven)
    if not limiting.let_in(address, shown.network):
        return
    # From here on an answer is owed, and a copy of the database would owe it too.
    register()
    SignUpRequest.objects.create(
        publication=publication,
        address=address,
        interest_set=interest_set,
        language=language,
        mail_format=mail_format,
        wording=shown.wording,
        page=shown.page,
        page_language=shown.language,
        network=shown.network,
        due_at=due_at,
    )


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


def find_request(public_id: UUID) -> SignUpRequest:
    """The answered request that `public_id` stands for, with all that it is about.

    Raises:
        LinkOutlived: there is none any more, or it was not confirmed in time.
    """
    answered = SignUpRequest.objects.exclude(subscription=None).select_related(
        "subscription__subscriber", "subscription__publication", "interest_set"
    )
    try:
        return answered.get(public_id=public_id, expires_at__gt=timezone.now())
    except SignUpRequest.DoesNotExist:
        raise LinkOutlived from None


@transaction.atomic
def confirm(request: SignUpRequest, *, shown: Shown) -> bool:
    """Let begin what `request` asked for, exactly; whether it was not confirmed before.

    A request is good for one use, and no later one changes it. Ending the subscription
    withdraws it: nobody is brought back by a link from before they left.

    Raises:
        AskToSignUpAgain: its subscription is gone at this moment.
    """
    subscription = changing.locked(request.answered_for)
    unused = SignUpRequest.objects.filter(pk=request.pk, used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    changing.remember(subscription)
    _apply(request, subscription)
    consenting.record_request(request)
    consenting.record(subscription, ConsentKind.CONFIRMED, shown)
    limiting.forgive(subscription.subscriber.address)
    request.refresh_from_db(fields=("used_at", "subscription"))
    return True


def _apply(request: SignUpRequest, subscription: Subscription) -> None:
    subscription.language, subscription.mail_format = request.language, request.mail_format
    if subscription.status != SubscriptionStatus.ACTIVE:
        subscription.confirmed_at = timezone.now()
    subscription.interest_set, subscription.paused_until = request.interest_set, None
    subscription.only_on_change = False
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.requested_at = request.requested_at
    subscription.ended_at, subscription.ended_reason = None, ""
    subscription.save()
