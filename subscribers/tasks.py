"""What the workers do for subscribers when the bell rings."""

from __future__ import annotations

from celery import shared_task

from subscribers.services import notifying


@shared_task
def send_notices() -> None:
    """Send the transactional mail that is due."""
    notifying.send_due()
