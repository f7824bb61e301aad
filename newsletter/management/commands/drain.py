"""`manage.py drain`: sends what is owed without Celery, for when there is no broker."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand

from newsletter import worker
from newsletter.ledger.heartbeats import own_heart
from newsletter.transports import configured
from subscribers.services.answering import answer_due
from subscribers.services.notifying import send_due


class Command(BaseCommand):
    help = "Sends everything that is due now, in this process, and ends."

    def handle(self, *_args: Any, **_options: Any) -> None:
        answer_due()
        send_due()
        with closing(configured()) as transports:
            while worker.drain(transports, own_heart()):
                pass
