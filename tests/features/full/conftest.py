"""The service as it runs in full: PostgreSQL, Redis, and workers that are processes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.features.full.processes import running_worker


@pytest.fixture
def var(own_folder: Path) -> Path:
    """The folder that the workers share with the test."""
    own_folder.mkdir()
    return own_folder


@pytest.fixture
def worker(transactional_db: None, var: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker of two processes on the test's own database, ready for the bell.

    It writes mail to the same outbox as the test. Whatever it still does at the end of the
    test is stopped before the tables are emptied.
    """
    with running_worker(var) as process:
        yield process
