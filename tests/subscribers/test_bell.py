from __future__ import annotations

import logging
import socket
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery, Task

from subscribers.bell import ring


def a_task(broker: str) -> Task[[], Any]:
    app = Celery("test", broker=broker, set_as_current=False)
    app.conf.update(
        task_default_queue=f"bell-{uuid4()}",
        task_publish_retry_policy={"max_retries": 0},
        task_ignore_result=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    )

    @app.task(name="answer")
    def answer() -> None: ...

    return answer


def heard(task: Task[[], Any]) -> list[Any]:
    """The messages that wait in the task's queue."""
    with task.app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        return list(iter(lambda: channel.basic_get(task.app.conf.task_default_queue), None))


def test_a_bell_names_the_task_and_carries_no_work() -> None:
    task = a_task("memory://")

    ring(task)

    (message,) = heard(task)
    args, kwargs, _embedded = message.decode()
    assert (message.headers["task"], args, kwargs) == ("answer", [], {})


def test_a_bell_that_nobody_hears_fades() -> None:
    task = a_task("memory://")

    ring(task)

    expires = datetime.fromisoformat(heard(task)[0].headers["expires"])
    assert 25 < (expires - datetime.now(UTC)).total_seconds() <= 30


def test_a_broker_that_is_down_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]

    with caplog.at_level(logging.WARNING):
        ring(a_task(f"redis://127.0.0.1:{port}/0"))

    assert "answer" in caplog.text


def test_a_broker_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()

        ring(a_task(f"redis://127.0.0.1:{port}/0"))

        assert time.monotonic() - began < 3
