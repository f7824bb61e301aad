"""What the emails of a correction belong under: those that their readers were sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from newsletter.audience.corrected import got_it_wrong
from newsletter.editions.stored import from_json
from newsletter.models import Batch, DeliveryState


@dataclass(frozen=True)
class FirstEmail:
    """An email that held what was wrong."""

    delivery_id: int
    version_id: int
    #: Of its edition.
    public_id: UUID


def first_emails(batch: Batch) -> Mapping[int, FirstEmail]:
    """By the ids of their subscribers, what readers of `batch` were sent before, in two queries.

    Nothing but of a correction.
    """
    mailing = batch.mailing
    if not mailing.is_correction:
        return {}
    content = from_json(mailing.version.content)
    sent = got_it_wrong(mailing.issue, content).filter(
        subscriber__in=batch.deliveries.values("subscriber"), state=DeliveryState.ACCEPTED
    )
    rows = sent.order_by("pk").values_list(
        "subscriber", "pk", "mailing__version", "edition__public_id"
    )
    return {reader: FirstEmail(pk, version, of) for reader, pk, version, of in rows}
