"""The Celery application: doorbells only.

A message says "there may be something to do" and carries no work. What is owed stands in
the database, so losing every message costs one tick, and a message that comes twice finds
nothing left to do. That is why there is no result backend, no retry and no late
acknowledgement here.
"""

from __future__ import annotations

import os

from celery import Celery

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
