"""Tell the workers that there may be something to do."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task

logger = logging.getLogger(__name__)

#: Seconds. Nobody waits at a web page for a broker that hangs: the next tick finds the work.
_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}
#: Seconds after which a bell that nobody heard says nothing new.
_FADES_AFTER = 30


def ring(task: Task[[], Any]) -> None:
    """Ask a worker to run `task` soon. Never fails, and hardly ever takes more than a second."""
    try:
        with task.app.connection_for_write(transport_options=_PATIENCE) as connection:
            producer = connection.Producer(auto_declare=False)
            task.apply_async(producer=producer, expires=_FADES_AFTER)
    except Exception as error:  # every broker has errors of its own
        logger.warning("The bell for %s was not heard: %s", task.name, error)
