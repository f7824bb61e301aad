"""How many deliveries a batch holds: work for a moment, whatever carries it."""

from __future__ import annotations

from django.db.models import Count, F

from newsletter.models import Batch, BatchState, Delivery, Lane
from newsletter.models.clock import today
from newsletter.transports.base import Transport

#: How many seconds of work a batch is. What is done for each, whatever its size, is little
#: against that, and a pause or a cancellation does not wait for long.
A_MOMENT = 2.0
#: So many of the last batches of a channel tell how fast it is, and what is taken for its rate
#: (messages a second) while there are none.
LATEST, UNKNOWN_RATE = 5, 250.0


def batch_size(transport: Transport, channel: str) -> int:
    """How many deliveries a batch holds that is cut now, for `transport` to send by `channel`."""
    worth = int(A_MOMENT * (_measured(channel) or UNKNOWN_RATE))
    size = min(transport.batch_size, max(transport.smallest_batch, worth))
    lane = Lane.objects.filter(name=channel).first()
    return lane.together(size, today()) if lane else size


def _measured(channel: str) -> float | None:
    """Messages a second of the fastest of its last batches, from the intent to the record."""
    settled = Batch.objects.filter(
        channel=channel, state=BatchState.SETTLED, handed_at__lt=F("settled_at")
    )
    spans = settled.order_by("-pk").annotate(took=F("settled_at") - F("handed_at"))
    took = dict(spans.values_list("pk", "took")[:LATEST])
    tried = Delivery.objects.filter(batch__in=took, attempts__gt=0).order_by()
    numbers = tried.values_list("batch").annotate(number=Count("pk"))
    rates = (number / took[pk].total_seconds() for pk, number in numbers)
    return max(rates, default=None)
