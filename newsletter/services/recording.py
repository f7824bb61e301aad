"""Writing down what became of a batch."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
)
from newsletter.models.clock import Now
from newsletter.services import lanes
from newsletter.services.journals import Evidence
from newsletter.transports.base import Outcome, Result, TransportError, TransportMisconfigured

logger = logging.getLogger(__name__)

#: How often one delivery is tried when the mail service puts it off.
MAX_TRIES = 8
#: When a service that does not answer is called again.
RETRY_UNAVAILABLE = timedelta(seconds=30)

#: States that a result still changes.
UNDECIDED = (DeliveryState.PLANNED, DeliveryState.UNKNOWN)

FINAL = {
    Outcome.ACCEPTED: (DeliveryState.ACCEPTED, ""),
    Outcome.REJECTED: (DeliveryState.REJECTED, Reason.REFUSED),
    Outcome.UNKNOWN: (DeliveryState.UNKNOWN, Reason.NO_ANSWER),
}


def record(batch: Batch, results: Sequence[Result]) -> None:
    """Store the results of a batch that was handed over.

    A result that comes after the lease ended, when the delivery stands as unknown already,
    still settles it: nobody knows better.
    """
    by_delivery = {result.delivery_id: result for result in results}
    with transaction.atomic():
        deliveries = list(
            Delivery.objects.select_for_update().filter(
                pk__in=by_delivery, batch=batch, state__in=UNDECIDED
            )
        )
        for delivery in deliveries:
            _apply(by_delivery[delivery.pk], delivery)
        Delivery.objects.bulk_update(
            deliveries, ["state", "reason", "detail", "settled_at"], batch_size=200
        )
        _put_off(batch, (d for d in deliveries if d.state == DeliveryState.PLANNED))
        if any(d.state == DeliveryState.ACCEPTED for d in deliveries):
            _all_is_well(batch)
        _settle(batch)


def record_left_behind(evidence: Evidence) -> None:
    """Record what a worker that is no more noted of the batch in its hands.

    What it announced and had no answer for is unknown; what it had not announced has not
    left and is sent in another batch.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().filter(pk=evidence.batch_id).first()
        if batch is None or batch.state not in (BatchState.HANDED, BatchState.SETTLED):
            return
        record(batch, evidence.results)
        undecided = Delivery.objects.filter(batch=batch, state__in=UNDECIDED)
        undecided.filter(pk__in=evidence.announced).update(
            state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST, settled_at=Now()
        )
        unsent = undecided.exclude(pk__in=evidence.announced)
        unsent.update(state=DeliveryState.PLANNED, reason="", settled_at=None)
        # What stopped one worker may stop the next: the count of claims goes on.
        put_back(batch, None, claims=batch.claims)


def put_back(batch: Batch, stop: TransportError | None, *, claims: int = 0) -> None:
    """Keep for later what the transport did not come to, because of `stop` or for want of time.

    None of it has left, so the try does not count. If only a person can help, the mailing is
    paused and says why.
    """
    with transaction.atomic():
        left = Delivery.objects.filter(batch=batch, state=DeliveryState.PLANNED)
        left.update(attempts=F("attempts") - 1)
        after = timedelta(0) if stop is None else RETRY_UNAVAILABLE
        requeue(batch, left.values_list("pk", flat=True), after=after, claims=claims)
        if stop is not None:
            _tell(batch, stop)


def _tell(batch: Batch, stop: TransportError) -> None:
    logger.error("Mailing %s: %s", batch.mailing_id, stop)
    mailing = Mailing.objects.filter(pk=batch.mailing_id, state=MailingState.SENDING)
    if isinstance(stop, TransportMisconfigured):
        mailing.move(MailingState.PAUSED, trouble=str(stop)[:300])
    else:
        lanes.fail()
        mailing.update(trouble=str(stop)[:300])


def _all_is_well(batch: Batch) -> None:
    lanes.mend()
    troubled = Mailing.objects.filter(pk=batch.mailing_id, state=MailingState.SENDING)
    troubled.exclude(trouble="").update(trouble="")


def requeue(batch: Batch, deliveries: Iterable[int], *, after: timedelta, claims: int = 0) -> None:
    """Put `deliveries` (ids) of `batch` into a batch of their own, due in a while."""
    ids = list(deliveries)
    if ids:
        later = Batch.objects.create(
            mailing_id=batch.mailing_id,
            edition_id=batch.edition_id,
            due_at=Now() + after,
            claims=claims,
        )
        Delivery.objects.filter(pk__in=ids).update(batch=later)


def backoff(tries: int) -> timedelta:
    """How long to wait after the `tries`-th try: a minute, doubled each time, at most 4 hours."""
    return timedelta(minutes=min(2 ** (tries - 1), 240))


def _apply(result: Result, delivery: Delivery) -> None:
    delivery.detail = result.detail[:300]
    if result.outcome in FINAL:
        delivery.state, delivery.reason = FINAL[result.outcome]
    elif delivery.attempts >= MAX_TRIES:
        delivery.state, delivery.reason = DeliveryState.FAILED, Reason.TOO_MANY_TRIES
    else:
        return
    delivery.settled_at = timezone.now()


def _put_off(batch: Batch, deferred: Iterable[Delivery]) -> None:
    by_tries: dict[int, list[int]] = defaultdict(list)
    for delivery in deferred:
        by_tries[delivery.attempts].append(delivery.pk)
    for tries, ids in by_tries.items():
        requeue(batch, ids, after=backoff(tries))


def _settle(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk, token=batch.token, state=BatchState.HANDED).update(
        state=BatchState.SETTLED, settled_at=Now()
    )
