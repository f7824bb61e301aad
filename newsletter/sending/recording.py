"""Writing down what became of a batch."""

from __future__ import annotations

import logging
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from newsletter.ledger import batches, deliveries, mailings
from newsletter.ledger.building import build_like
from newsletter.ledger.deliveries import UNDECIDED, Final, record_results
from newsletter.ledger.history import mail_service, this_worker
from newsletter.ledger.mailings import hinder, note_reached
from newsletter.models import (
    Batch,
    BatchTransition,
    Delivery,
    DeliveryState,
    DeliveryTransition,
    Mailing,
    MailingTransition,
    Reason,
    Trouble,
)
from newsletter.models.clock import Now
from newsletter.sending import lanes
from newsletter.sending.journals import Evidence
from newsletter.transports.base import (
    Outcome,
    Result,
    TransportBusy,
    TransportError,
    TransportMisconfigured,
)
from newsletter.transports.remote_words import storable, without_addresses

logger = logging.getLogger(__name__)

#: How often one delivery is tried when the mail service puts it off.
MAX_TRIES = 8
#: When a service that does not answer is called again.
RETRY_UNAVAILABLE = timedelta(seconds=30)
#: So many results of one batch tell something about the service, not about single addresses.
MIN_SAMPLE = 20

FINAL = {
    Outcome.ACCEPTED: (DeliveryTransition.ACCEPT, ""),
    Outcome.REJECTED: (DeliveryTransition.REJECT, Reason.REFUSED),
    Outcome.UNKNOWN: (DeliveryTransition.DOUBT, Reason.NO_ANSWER),
}

#: What its reader has, or may have.
LEFT = (Outcome.ACCEPTED, Outcome.UNKNOWN)


def record(batch: Batch, results: Sequence[Result]) -> None:
    """Store the results of a batch that was handed over.

    A result that comes after the lease ended, when the delivery stands as unknown already,
    still settles it: nobody knows better. Of what was handed over again because it may have
    left, only that it was accepted is news.
    """
    if batch.first_handed_at is not None:
        results = [_unless_accepted(result) for result in results]
    final = [result for result in results if result.outcome in FINAL]
    deferred = {r.delivery_id: r for r in results if r.outcome is Outcome.DEFERRED}
    with transaction.atomic():
        if _is_refused_whole(batch, results):
            _hold(batch, results)
            return
        record_results(batch, ((result.delivery_id, _final(result)) for result in final))
        if batch.mailing.reached_at is None and any(r.outcome in LEFT for r in final):
            note_reached([batch.mailing_id])
        if deferred:
            _put_off(batch, deferred)
        if results:
            _update_lane_health(batch, results)
        _settle(batch)


def _is_refused_whole(batch: Batch, results: Sequence[Result]) -> bool:
    """Whether all of it was refused, and for the first time: not for its readers' sake then."""
    refused = len(results) >= MIN_SAMPLE and all(r.outcome is Outcome.REJECTED for r in results)
    return refused and not batch.deliveries.filter(attempts__gt=0).exists()


def _hold(batch: Batch, results: Sequence[Result]) -> None:
    """Keep what was refused as it is, and pause its mailing: a person says what comes next."""
    refused = batch.deliveries.filter(pk__in=[result.delivery_id for result in results])
    deliveries.transition(
        refused,
        DeliveryTransition.KEEP,
        detail=storable(results[0].detail, 300),
        obstacle=results[0].obstacle,
        attempts=F("attempts") + 1,
    )
    _stop_refused(batch, results[0])
    _settle(batch)


def _unless_accepted(result: Result) -> Result:
    if result.outcome is Outcome.ACCEPTED:
        return result
    return result._replace(outcome=Outcome.UNKNOWN)


def record_left_behind(evidence: Evidence) -> None:
    """Record what a worker that is no more noted of the batch in its hands.

    What it announced and had no answer for is unknown; what it had not announced has not
    left and is sent in another batch.
    """
    # Without an intent nothing left, and nobody needs to wait until the worker counts as dead.
    batches.transition(Batch.objects.filter(token=evidence.token), BatchTransition.RECOVER)
    if evidence.batch_id is None:
        return
    with transaction.atomic():
        mine = Batch.objects.filter(pk=evidence.batch_id, token=evidence.token)
        batch = mine.select_for_update().first()
        if batch is None:
            return
        record(batch, evidence.results)
        undecided = Delivery.objects.filter(batch=batch, state__in=UNDECIDED)
        stayed = {r.delivery_id for r in evidence.results if r.outcome is Outcome.REJECTED}
        in_doubt = evidence.announced - stayed
        doubtful = undecided.filter(pk__in=in_doubt)
        deliveries.transition(doubtful, DeliveryTransition.DOUBT, reason=Reason.WORKER_LOST)
        if in_doubt:
            note_reached([batch.mailing_id])
        unsent = undecided.exclude(pk__in=in_doubt)
        deliveries.transition(unsent, DeliveryTransition.KEEP)
        # What stopped one worker may stop the next: the count of claims goes on.
        requeue_unsent(batch, None, claims=batch.claims)


def restore_unsent(batch: Batch) -> None:
    """Plan again what was taken for lost with its worker, which says itself that it stayed."""
    taken_for_lost = Delivery.objects.filter(
        batch=batch, state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST
    )
    deliveries.transition(taken_for_lost, DeliveryTransition.KEEP)


def requeue_unsent(batch: Batch, stop: TransportError | None, *, claims: int = 0) -> None:
    """Keep for later what the transport did not come to, because of `stop` or for want of time.

    None of it has left. If only a person can help, the mailing is paused and says why.
    """
    with transaction.atomic():
        left = Delivery.objects.filter(batch=batch, state=DeliveryState.PLANNED)
        after = timedelta(0) if stop is None else RETRY_UNAVAILABLE
        if isinstance(stop, TransportBusy) and stop.retry_after:
            after = timedelta(seconds=stop.retry_after)
        requeue(batch, left.values_list("pk", flat=True), after=after, claims=claims)
        if stop is not None:
            _apply_transport_error(batch, stop)


def _apply_transport_error(batch: Batch, stop: TransportError) -> None:
    logger.error("Mailing %s: %s", batch.mailing_id, without_addresses(str(stop)))
    said = _said(stop.words, stop.obstacle)
    # The mailing's row before the lane's, as an intent locks them.
    mailing = Mailing.objects.filter(pk=batch.mailing_id)
    if isinstance(stop, TransportMisconfigured):
        _stop(batch, Trouble.MISCONFIGURED, said)
        return
    busy = isinstance(stop, TransportBusy)
    hinder(mailing, Trouble.BUSY if busy else Trouble.UNAVAILABLE, said)
    if isinstance(stop, TransportBusy):
        pause = timedelta(seconds=stop.retry_after) if stop.retry_after else None
        lanes.throttle(batch.channel, pause)
    else:
        lanes.record_failure(batch.channel)


def _update_lane_health(batch: Batch, results: Sequence[Result]) -> None:
    """What the results of a batch tell about the way out, beyond each delivery."""
    number = Counter(result.outcome for result in results)
    if number[Outcome.ACCEPTED]:
        if batch.mailing.trouble:
            troubled = Mailing.objects.filter(pk=batch.mailing_id)
            troubled = troubled.exclude(trouble__in=("", Trouble.NOT_FROZEN))
            mailings.transition(troubled, MailingTransition.RECOVER, by=this_worker())
        lanes.record_success(batch.channel)
    if len(results) < MIN_SAMPLE:
        return
    if number[Outcome.DEFERRED] > len(results) / 2:
        lanes.throttle(batch.channel)
    if number[Outcome.REJECTED] == len(results):
        _stop_refused(batch, results[0])


def _said(words: str, obstacle: str) -> dict[str, str]:
    """What is kept of it for longer than its readers: it names none of them."""
    return {"words": without_addresses(storable(words, 300)), "obstacle": obstacle}


def _stop_refused(batch: Batch, result: Result) -> None:
    """Where all are refused it is for the mail or the account, and others would be as well."""
    _stop(batch, Trouble.REFUSED, _said(result.detail, result.obstacle))


def _stop(batch: Batch, why: Trouble, said: Mapping[str, str]) -> None:
    mailings.transition(
        Mailing.objects.filter(pk=batch.mailing_id),
        MailingTransition.STOP,
        by=mail_service(batch.transport),
        why=why,
        about=said,
    )


def requeue(batch: Batch, waiting: Iterable[int], *, after: timedelta, claims: int = 0) -> None:
    """Put the deliveries `waiting` (ids) of `batch` into a batch of their own, due in a while."""
    ids = list(waiting)
    if ids:
        due_at = Now() + after
        first = batch.first_handed_at
        later = build_like(batch, due_at=due_at, claims=claims, first_handed_at=first)
        Delivery.objects.filter(pk__in=ids).update(batch=later)


def backoff(tries: int) -> timedelta:
    """How long to wait after the `tries`-th try: a minute, doubled each time, at most 4 hours.

    More or less, by half at most, so that what was put off together does not come back together.
    """
    minutes = min(2 ** max(tries - 1, 0), 240)
    return timedelta(minutes=minutes * random.uniform(0.5, 1.5))  # noqa: S311 - no secret


def _final(result: Result) -> Final:
    name, reason = FINAL[result.outcome]
    said, remote_id = storable(result.detail, 300), storable(result.remote_id, 300)
    return Final(name, reason, said, result.obstacle, remote_id, result.outbox_name)


def _put_off(batch: Batch, deferred: Mapping[int, Result]) -> None:
    """Try what was `deferred` (results by delivery) again later, or give it up.

    Where the service says how long to wait it is only too busy: that uses up no try.
    """
    by_tries: dict[int, list[Delivery]] = defaultdict(list)
    waiting = Delivery.objects.select_for_update().filter(pk__in=deferred, batch=batch)
    for delivery in waiting.filter(state__in=UNDECIDED):
        result = deferred[delivery.pk]
        delivery.detail = storable(result.detail, 300)
        delivery.obstacle = result.obstacle
        delivery.attempts += result.retry_after is None
        by_tries[delivery.attempts].append(delivery)
    asked = timedelta(seconds=max((r.retry_after or 0 for r in deferred.values()), default=0))
    for tries, alike in by_tries.items():
        Delivery.objects.bulk_update(alike, ["detail", "obstacle", "attempts"], batch_size=200)
        ids = [delivery.pk for delivery in alike]
        if tries >= MAX_TRIES:
            _give_up(ids)
        else:
            _plan(ids)
            requeue(batch, ids, after=max(asked, backoff(tries)))


def _give_up(ids: Sequence[int]) -> None:
    given_up = Delivery.objects.filter(pk__in=ids)
    deliveries.transition(given_up, DeliveryTransition.GIVE_UP, reason=Reason.TOO_MANY_TRIES)


def _plan(ids: Sequence[int]) -> None:
    """What was taken for unknown meanwhile was only put off."""
    unknown = Delivery.objects.filter(pk__in=ids, state=DeliveryState.UNKNOWN)
    deliveries.transition(unknown, DeliveryTransition.KEEP)


def _settle(batch: Batch) -> None:
    """Its worker has said all that it knows, even if it had been given up for lost before."""
    mine = Batch.objects.filter(pk=batch.pk, token=batch.token)
    if not batches.transition(mine, BatchTransition.SETTLE, lease_until=None):
        mine.update(lease_until=None)
