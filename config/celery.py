"""The Celery application: doorbells only.

A message says "there may be something to do" and carries no work. What is owed stands in
the database, so losing every message costs one tick, and a message that comes twice finds
nothing left to do. That is why there is no result backend, no retry and no late
acknowledgement here.
"""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from config.env import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("newsletter")
app.conf.update(
    broker_url=broker() or "memory://localhost/",
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "polling_interval": 0.05,
        "global_keyprefix": "newsletter:",
    },
    broker_connection_retry_on_startup=True,
    # However long the broker is away, its workers wait for it.
    broker_connection_max_retries=None,
    worker_consumer="config.reconnecting:SteadyConsumer",
    task_publish_retry_policy={"max_retries": 0},
    task_ignore_result=True,
    task_acks_late=False,
    task_serializer="json",
    accept_content=["json"],
    task_time_limit=300,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    task_default_queue="bell",
)
app.autodiscover_tasks(["subscribers", "newsletter"])


@worker_ready.connect
def keep_what_is_loaded(**_signal: Any) -> None:
    """Let Python look for garbage in what comes from here on, and not in all that was loaded.

    Readers' copies come and go by the thousand: without this, a tenth of a worker's time is spent
    on going through modules that stay.
    """
    gc.collect()
    gc.freeze()
