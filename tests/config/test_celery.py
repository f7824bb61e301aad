"""Celery rings bells and nothing else: the database knows what is owed, and when.

An `eta` is handed out twice once a worker holds it too long, a retry or a chord makes the
broker the only one who knows of work, and a result backend is one more thing to lose.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from kombu import Connection

from config.celery import app
from config.reconnecting import LONGEST_WAIT, SteadyConsumer

APPS = ("config", "newsletter", "subscribers")
FORBIDDEN_WORDS = {"countdown", "eta", "autoretry_for", "retry_backoff", "result_backend"}
FORBIDDEN_CALLS = {"retry", "chord", "chain", "group"}


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call in the site's own modules that know Celery."""
    for name in APPS:
        for path in Path(settings.BASE_DIR, name).rglob("*.py"):
            text = path.read_text()
            if "celery" in text:
                yield from (
                    (path, node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
                )


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_no_work_waits_in_the_broker() -> None:
    found = [
        f"{path}:{call.lineno}"
        for path, call in calls()
        if called(call) in FORBIDDEN_CALLS
        or FORBIDDEN_WORDS & {keyword.arg for keyword in call.keywords}
    ]

    assert found == []


def test_the_search_finds_the_tasks() -> None:
    assert {path.name for path, _call in calls()} >= {"tasks.py", "celery.py"}


def test_tasks_keep_no_results_and_are_taken_off_at_once() -> None:
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]

    assert ours
    assert all(task.ignore_result and not task.acks_late for task in ours)
    assert app.conf.result_backend is None


def test_tasks_are_given_nothing() -> None:
    """A message that carries no work may be lost, and may come twice."""
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]

    assert [task.name for task in ours if task.run.__code__.co_argcount] == []


def test_a_broker_that_was_away_for_long_is_looked_for_as_often_as_at_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 20:
            raise KeyboardInterrupt

    monkeypatch.setattr("kombu.utils.functional.sleep", wait)
    consumer = SteadyConsumer.__new__(SteadyConsumer)
    consumer.app, consumer.first_connection_attempt = app, True
    with pytest.raises(KeyboardInterrupt):
        consumer.ensure_connected(Connection("redis://127.0.0.1:1/"))

    tries = [record for record in caplog.records if "Cannot connect" in record.getMessage()]
    assert sum(waits[:-1]) / len(tries) <= LONGEST_WAIT
    assert len(tries) >= 6
