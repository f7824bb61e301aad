"""What the workers do for subscribers when the bell rings."""

from __future__ import annotations

from celery import shared_task

from subscribers.services import answering, notifying


@shared_task
def send_notices() -> None:
    """Answer the requests to subscribe, and send the transactional email that is due."""
    answering.answer_due()
    notifying.send_due()
