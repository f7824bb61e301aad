"""What comes in from ESPs: kept, and answered at once.

A worker does the rest. Nobody rings for it: a webhook's answer waits for the database alone,
and the ticker looks every second.
"""

from __future__ import annotations

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from newsletter.services.tracking import keep
from newsletter.transports.esp_events import event_of, refuse_stale


@receiver(tracking)
def keep_reported(*, event: AnymailTrackingEvent, esp_name: str, **_more: Any) -> None:
    """Store what an ESP reports, once however often it does."""
    refuse_stale(esp_name, event)
    if reported := event_of(esp_name, event):
        keep(reported)
