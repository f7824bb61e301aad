"""What an ESP reports, from Anymail's words into ours.

Anymail calls some soft bounces `bounced`. A mailbox that is suppressed by mistake loses its
reader for good, and one that is not is reported again at the next mailing: a bounce is hard
only if the ESP, or else the code of the mail server, says that the mailbox does not exist, and
nothing says otherwise.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, RejectReason
from django.utils import timezone

from newsletter.models import DeliveryEvent, DeliveryOutcome, EventKind
from newsletter.transports.esp_words import HARD, kind_of, word_at
from newsletter.transports.remote_words import storable

#: Seconds. Mailgun signs a moment and a token, not what it reports. It repeats a report for
#: eight hours, and says nowhere that it signs again.
MAILGUN_IS_FRESH_FOR = 12 * 3600
#: And its clock may be a little ahead.
_CLOCKS_DIFFER_BY = 300

OUTCOMES: Mapping[EventKind, DeliveryOutcome] = {
    EventKind.DEFERRED: DeliveryOutcome.DEFERRED,
    EventKind.BOUNCED: DeliveryOutcome.BOUNCED_SOFT,
    EventKind.DELIVERED: DeliveryOutcome.DELIVERED,
    EventKind.COMPLAINED: DeliveryOutcome.COMPLAINED,
}

#: An enhanced status code (RFC 3463), and no part of an address on the network.
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: Codes of mailboxes that do not exist, or are out of use. A full one is none of them.
_NO_MAILBOX = re.compile(r"5\.1\.\d+|5\.2\.1")
#: Codes that say nothing at all; every other one is about something else than the mailbox.
_SAYS_NOTHING = re.compile(r"5\.0\.\d+")


def event_of(esp_name: str, event: AnymailTrackingEvent) -> DeliveryEvent | None:
    """What `event` of the ESP `esp_name` reports, not stored yet; None if we do not follow it."""
    if event.event_type not in EventKind.values:
        return None
    kind = kind_of(esp_name, EventKind(event.event_type), event.esp_event)
    reported = DeliveryEvent(
        esp=esp_name,
        kind=kind,
        outcome=_outcome(kind, esp_name, event),
        delivery_key=_delivery_key(event.metadata),
        mailbox=storable(event.recipient, 254).strip().lower(),
        message_id=storable(event.message_id, 300),
        detail=storable(event.mta_response or event.description or event.reject_reason, 300),
        happened_at=_moment(event.timestamp),
    )
    reported.event_id = _event_id(reported, event)
    return reported


def refuse_stale(esp_name: str, event: AnymailTrackingEvent) -> None:
    """Refuse what Mailgun signed long ago: somebody may have kept the signature.

    Within that time the token, which is the id of the event, counts once.

    Raises:
        AnymailWebhookValidationFailure: it is too old, or from the future; answered with 400.
    """
    if esp_name != "Mailgun":
        return
    try:
        signed_at = _signed_at(event.esp_event)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnymailWebhookValidationFailure("Mailgun webhook without a moment") from error
    if not -_CLOCKS_DIFFER_BY <= time.time() - signed_at <= MAILGUN_IS_FRESH_FOR:
        raise AnymailWebhookValidationFailure("Mailgun webhook called with an old signature")


def _signed_at(report: Any) -> float:
    try:
        # The second is how it reported before 2018, and still can.
        return float(report.get("signature", report)["timestamp"])
    except TypeError:
        return float(report["timestamp"])


def _outcome(kind: EventKind, esp_name: str, event: AnymailTrackingEvent) -> DeliveryOutcome | None:
    if kind is EventKind.BOUNCED and _is_hard(esp_name, event):
        return DeliveryOutcome.BOUNCED_HARD
    return OUTCOMES.get(kind)


def _is_hard(esp_name: str, event: AnymailTrackingEvent) -> bool:
    code = _CODE.search(storable(event.mta_response or event.description, 2000))
    says_so = code is not None and _NO_MAILBOX.fullmatch(code[0]) is not None
    if code and not says_so and not _SAYS_NOTHING.fullmatch(code[0]):
        return False
    path, hard = HARD.get(esp_name, ((), frozenset()))
    word = word_at(event.esp_event, path)
    if word is None:
        return says_so or event.reject_reason == RejectReason.INVALID
    return word in hard


def _delivery_key(metadata: Any) -> int | None:
    key = str(metadata.get("d", "")) if isinstance(metadata, Mapping) else ""
    # More digits than a delivery can have mean none of ours.
    return int(key) if re.fullmatch(r"[0-9]{1,18}", key) else None


def _moment(timestamp: datetime | None) -> datetime:
    """When it happened; now, where the ESP names no moment that it can have been."""
    now = timezone.now()
    if not isinstance(timestamp, datetime):
        return now
    # Years that no clock shows cannot be brought into another time zone.
    if not 2000 < timestamp.year <= now.year + 1:
        return now
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)


def _event_id(reported: DeliveryEvent, event: AnymailTrackingEvent) -> str:
    given = storable(event.event_id, 101)
    if given and len(given) <= 100:
        return given
    facts = [
        event.event_id,
        reported.kind,
        reported.delivery_key,
        reported.mailbox,
        event.message_id,
        event.timestamp and event.timestamp.isoformat(),
        reported.detail,
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
