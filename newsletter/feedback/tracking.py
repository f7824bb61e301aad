"""What ESPs report takes effect: on deliveries, on subscriptions, on suppressions.

What becomes of a delivery follows from all the events that are bound to it, never from the
latest alone: in whatever order and however often they come, it ends up the same.

- Of the outcomes the highest counts. Any of them proves that the ESP took the mail and sent it
  on, whatever we were told before.
- Else, if the ESP says that it refused the mail after all, it is refused.
- Else, what the ESP says it has taken, it has taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from newsletter.feedback.matching import match
from newsletter.feedback.returning import suppress_returned
from newsletter.ledger import deliveries
from newsletter.models import (
    Delivery,
    DeliveryEvent,
    DeliveryOutcome,
    DeliveryTransition,
    EventKind,
    Reason,
)
from newsletter.models.clock import Now
from newsletter.queries import events_due
from subscribers.models import ConsentSource, EndedReason, SuppressionReason
from subscribers.services.consenting import Shown
from subscribers.services.suppressing import Found, suppress_all
from subscribers.services.unsubscribing import end_all

#: How many events take effect in one transaction.
AT_ONCE = 1000

TAKEN = (EventKind.QUEUED, EventKind.SENT, EventKind.NOTED)
REFUSED = (EventKind.REJECTED, EventKind.FAILED)

SUPPRESSED_FOR = {
    DeliveryOutcome.BOUNCED_HARD: SuppressionReason.BOUNCED,
    DeliveryOutcome.COMPLAINED: SuppressionReason.COMPLAINED,
}
ENDED_FOR = {
    EventKind.COMPLAINED: EndedReason.COMPLAINED,
    EventKind.UNSUBSCRIBED: EndedReason.UNSUBSCRIBED,
}
# In plain SQL, which ranks the events once: Django would do it for every column and condition.
RAISE_OUTCOMES = """
WITH reported AS (
    SELECT delivery_id, outcome, happened_at,
           ROW_NUMBER() OVER (PARTITION BY delivery_id ORDER BY outcome DESC, happened_at) AS place
    FROM newsletter_deliveryevent
    WHERE outcome IS NOT NULL AND delivery_id IN ({ids})
)
UPDATE newsletter_delivery AS delivery
SET outcome = reported.outcome, outcome_at = reported.happened_at
FROM reported
WHERE delivery.id = reported.delivery_id AND reported.place = 1
  AND (delivery.outcome IS NULL
       OR delivery.outcome < reported.outcome
       OR (delivery.outcome = reported.outcome AND delivery.outcome_at > reported.happened_at))
"""

#: What the proof of such an end says, for nobody was shown a page.
SHOWN = Shown(wording="", language="", page="", source=ConsentSource.MAIL_SERVICE)


def store_event(event: DeliveryEvent) -> None:
    """Store `event` unless it is stored already; it takes effect when a worker comes to it."""
    event.received_at = event.due_at = Now()
    DeliveryEvent.objects.bulk_create([event], ignore_conflicts=True)


def track() -> bool:
    """Let up to :data:`AT_ONCE` events that are due take effect; whether there may be more."""
    with transaction.atomic():
        due = events_due().order_by("pk").select_for_update(skip_locked=True)
        events = list(due[:AT_ONCE])
        if events:
            _take_effect(match(events))
    return len(events) == AT_ONCE


def _take_effect(events: Sequence[DeliveryEvent]) -> None:
    ids = {event.delivery_id for event in events if event.delivery_id is not None}
    _raise_outcomes(ids)
    _settle(ids)
    _suppress(events)
    suppress_returned({e.mailbox for e in events if e.outcome == DeliveryOutcome.BOUNCED_SOFT})
    for kind, reason in ENDED_FOR.items():
        _end([event for event in events if event.kind == kind], reason)


def _raise_outcomes(ids: Collection[int]) -> None:
    """Give the deliveries `ids` the highest outcome of their events, and the first moment of it."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_OUTCOMES.format(ids=", ".join(["%s"] * len(ids))), list(ids))


def _settle(ids: Collection[int]) -> None:
    """Let the state of the deliveries with these `ids` say what their events prove."""
    refused = Exists(_events().filter(kind__in=REFUSED))
    taken = Exists(_events().filter(kind__in=TAKEN))
    reported = Delivery.objects.filter(pk__in=ids)
    inside = reported.filter(outcome=None)
    deliveries.transition(
        inside.filter(refused),
        DeliveryTransition.PROVE_REJECTED,
        reason=Reason.REFUSED,
        detail=_words(kind__in=REFUSED, field="detail"),
        obstacle="",
    )
    sent_on = reported.filter(outcome__isnull=False)
    for proven in (inside.filter(taken, ~refused), sent_on):
        deliveries.transition(
            proven,
            DeliveryTransition.PROVE_ACCEPTED,
            detail="",
            obstacle="",
            remote_id=Case(
                When(remote_id="", then=_words(field="message_id")), default=F("remote_id")
            ),
        )


def _words(*, field: str, **which: object) -> Coalesce:
    """The first that the events of a delivery say in `field`, if any does."""
    said = _events().filter(**which).exclude(**{field: ""}).values(field)
    return Coalesce(Subquery(said[:1]), Value(""))


def _events() -> QuerySet[DeliveryEvent]:
    return DeliveryEvent.objects.filter(delivery=OuterRef("pk")).order_by("happened_at", "pk")


def _suppress(events: Sequence[DeliveryEvent]) -> None:
    suppress_all(
        Found(event.mailbox, SUPPRESSED_FOR[DeliveryOutcome(event.outcome)], event.detail)
        for event in events
        if event.outcome in SUPPRESSED_FOR
    )


def _end(events: Sequence[DeliveryEvent], reason: EndedReason) -> None:
    if events:
        ids = {event.delivery_id for event in events if event.delivery_id is not None}
        meant = Delivery.objects.filter(pk__in=ids).values_list("subscription", flat=True)
        end_all(set(meant), reason=reason, shown=SHOWN)
