"""Whose an event is: by our key or by the ESP's, and always by the address too.

An event that carries our key and another reader's address is nobody's: it is forged or mixed
up, and must not settle the delivery of either. So is one of an ESP, or of the door of a channel,
that the mail did not go out by: who knows the secret of one ESP or channel can say nothing of the
mail of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When

from newsletter.models import BatchState, Delivery, DeliveryEvent, DeliveryState
from newsletter.models.clock import Now
from subscribers.services.personal_data import ERASED_DOMAIN

#: For how long an event that is nobody's is looked at again: its delivery may be in the hands
#: of a worker, or may be told by an id that is not recorded yet.
PATIENCE = timedelta(hours=48)
#: How soon, by how old it is: other mail from the same account is reported here as well.
LOOK_AGAIN = (
    (timedelta(minutes=5), timedelta(seconds=5)),
    (timedelta(hours=1), timedelta(minutes=5)),
    (PATIENCE, timedelta(hours=1)),
)

BIND = """
WITH found (id, delivery_id) AS (VALUES {rows})
UPDATE newsletter_deliveryevent
SET delivery_id = found.delivery_id, due_at = NULL
FROM found
WHERE newsletter_deliveryevent.id = found.id
"""


def match(events: Sequence[DeliveryEvent]) -> list[DeliveryEvent]:
    """Bind those of `events` that have a delivery to it, and return them.

    The others are looked at again later, until they are given up. What is about a reader who
    was erased is not kept.
    """
    _find_by_key([event for event in events if event.delivery_key is not None])
    _find_by_message_id([e for e in events if e.delivery_key is None and e.message_id])
    bound = [event for event in events if event.delivery_id is not None]
    if bound:
        _bind(bound)
    strangers = [event for event in events if event.delivery_id is None]
    _look_again({event.pk for event in strangers} - _forget_erased(strangers))
    return bound


def _find_by_key(events: Sequence[DeliveryEvent]) -> None:
    known = _reported_on().filter(pk__in={event.delivery_key for event in events})
    rows = known.values_list("pk", "mailbox", "batch__channel", "batch__transport")
    sent = {pk: tuple(facts) for pk, *facts in rows}
    for event in events:
        if event.delivery_key and sent.get(event.delivery_key) == (event.mailbox, *_by(event)):
            event.delivery_id = event.delivery_key


def _find_by_message_id(events: Sequence[DeliveryEvent]) -> None:
    known = _reported_on().filter(
        # By way of the subscriber, whose mailbox has an index.
        subscriber__mailbox__in={event.mailbox for event in events},
        mailbox=F("subscriber__mailbox"),
        remote_id__in={event.message_id for event in events},
    )
    rows = known.values_list("mailbox", "remote_id", "batch__channel", "batch__transport", "pk")
    deliveries = {tuple(facts): pk for *facts, pk in rows}
    for event in events:
        event.delivery_id = deliveries.get((event.mailbox, event.message_id, *_by(event)))


def _by(event: DeliveryEvent) -> tuple[str, str]:
    """The channel of whose mail it is, and the transport of the ESP that reports it, as
    MAIL_TRANSPORT names it: Amazon SES has amazon_ses.
    """
    return event.channel, event.esp.lower().replace(" ", "_")


def _reported_on() -> QuerySet[Delivery]:
    """Deliveries that an ESP can have something to say about, locked in an order all keep to.

    One in the hands of a worker waits for what the worker says. One that no worker ever handed
    over is not what the ESP means, whatever it says: its id may be from a copy of this database.
    """
    handed = Q(
        state__in=(
            DeliveryState.ACCEPTED,
            DeliveryState.REJECTED,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
        )
    )
    tried = Q(attempts__gt=0) | Q(resends__gt=0)
    waiting = Q(state=DeliveryState.PLANNED, batch__state=BatchState.PENDING)
    left_out = Q(state=DeliveryState.SKIPPED)
    known = Delivery.objects.filter(handed | (tried & (waiting | left_out)))
    return known.select_for_update(of=("self",)).order_by("pk")


def _bind(events: Sequence[DeliveryEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            BIND.format(rows=", ".join(["(%s, %s)"] * len(events))),
            [value for event in events for value in (event.pk, event.delivery_id)],
        )


def _forget_erased(events: Sequence[DeliveryEvent]) -> set[int]:
    """Delete those of `events` that are about somebody who was erased; their ids."""
    keys = {event.delivery_key for event in events if event.delivery_key is not None}
    if not keys:
        return set()
    erased = Delivery.objects.filter(pk__in=keys, mailbox__endswith=f"@{ERASED_DOMAIN}")
    gone = set(erased.values_list("pk", flat=True))
    ids = {event.pk for event in events if event.delivery_key in gone}
    DeliveryEvent.objects.filter(pk__in=ids).delete()
    return ids


def _look_again(events: Iterable[int]) -> None:
    DeliveryEvent.objects.filter(pk__in=list(events)).update(
        due_at=Case(
            *(
                When(received_at__gt=Now() - age, then=Now() + Value(wait))
                for age, wait in LOOK_AGAIN
            ),
            default=None,
        )
    )
