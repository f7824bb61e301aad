"""Asking an ESP again what became of a mail, by handing it over with its idempotency key.

As long as the ESP remembers the key it does not send that mail twice: either it says that it
has it, or it takes it now. Half of that time is used, so that what is begun at the end of it
ends well within. Only that the mail was taken is news: anything else leaves it unknown.

Where a key is of all messages of a call, a batch is asked about as a whole or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from newsletter.ledger import deliveries
from newsletter.ledger.building import build_like
from newsletter.models import (
    Batch,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    MailingState,
    Reason,
)
from newsletter.models.clock import Now
from newsletter.models.deliveries import DOUBTFUL
from newsletter.sending.quarantine import MOST_CLAIMS
from newsletter.sending.recording import MAX_TRIES, backoff
from newsletter.transports import keys_are_of_calls, keys_live_for
from subscribers.channels import channel_named, channels

#: Of a batch, what is known by now, or will be.
KNOWN = Delivery.objects.filter(batch=OuterRef("batch")).exclude(
    state__in=(DeliveryState.UNKNOWN, DeliveryState.SKIPPED)
)


def repeat_keyed() -> None:
    """Plan once more what is unknown and whose key still lives, later and later."""
    with transaction.atomic():
        unknown = repeatable().filter(mailing__state=MailingState.SENDING)
        by_batch: dict[int, dict[int, str]] = defaultdict(dict)
        rows = unknown.select_for_update(of=("self",), skip_locked=True)
        for pk, batch_id, reason in rows.values_list("pk", "batch", "reason"):
            by_batch[batch_id][pk] = reason
        for batch in Batch.objects.filter(pk__in=by_batch):
            _plan_once_more(batch, by_batch[batch.pk])


def repeatable() -> QuerySet[Delivery]:
    """Unknown deliveries that can be handed over once more without being sent twice."""
    alive = list(_living_keys())
    if not alive:
        return Delivery.objects.none()
    unknown = Delivery.objects.filter(
        state=DeliveryState.UNKNOWN,
        reason__in=DOUBTFUL,
        attempts__lt=MAX_TRIES,
        batch__claims__lt=MOST_CLAIMS,
        mailing__not_after__gt=Now(),
    )
    first = Coalesce("batch__first_handed_at", "batch__handed_at")
    return unknown.alias(first=first).filter(reduce(or_, alive))


def _living_keys() -> Iterator[Q]:
    """By channel that has keys, which deliveries its ESP was handed not long ago."""
    for channel in channels().values():
        if life := keys_live_for(channel) / 2:
            by_it = Q(batch__channel=channel.name, batch__transport=channel.transport)
            whole = Q(~Exists(KNOWN)) if keys_are_of_calls(channel) else Q()
            yield by_it & Q(first__gt=Now() - life) & whole


def withhold(batch: Batch, planned: QuerySet[Delivery], unwanted: Q) -> None:
    """Leave unknown what of a repeated `batch` may not be handed over after all.

    That is all of it if the key may be forgotten by now, and those that are `unwanted`: they
    may have had theirs. To be called inside the transaction that commits the intent.
    """
    channel = channel_named(batch.channel)
    life = keys_live_for(channel) / 2
    alive = Batch.objects.filter(pk=batch.pk, first_handed_at__gt=Now() - life).exists()
    if alive and not (keys_are_of_calls(channel) and _is_less(batch, planned.filter(unwanted))):
        planned = planned.filter(unwanted)
    deliveries.transition(planned, DeliveryTransition.DOUBT, reason=Reason.NO_ANSWER)


def _is_less(batch: Batch, unwanted: QuerySet[Delivery]) -> bool:
    """Whether a call for `batch` would not be the one that was made."""
    others = batch.deliveries.exclude(state=DeliveryState.PLANNED)
    return others.exists() or unwanted.exists()


def _plan_once_more(batch: Batch, reasons: Mapping[int, str]) -> None:
    """Plan once more those deliveries of `batch` (ids) that are unknown for these `reasons`."""
    doubtful = Delivery.objects.filter(pk__in=reasons)
    if _are_some(batch, reasons):
        return  # the others are in somebody's hands at this moment
    tries = doubtful.aggregate(most=Max("attempts"))["most"]
    again = build_like(
        batch,
        due_at=Now() + backoff(tries),
        first_handed_at=batch.first_handed_at or batch.handed_at,
        # What stopped one worker may stop the next.
        claims=batch.claims if Reason.WORKER_LOST in reasons.values() else 0,
    )
    deliveries.transition(doubtful, DeliveryTransition.KEEP, batch=again)


def _are_some(batch: Batch, ids: Collection[int]) -> bool:
    """Whether a call for `ids` of `batch` would not be the one that was made."""
    unknown = batch.deliveries.filter(state=DeliveryState.UNKNOWN)
    return keys_are_of_calls(channel_named(batch.channel)) and unknown.count() != len(ids)
