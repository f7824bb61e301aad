"""A fresh site on a PostgreSQL and a Redis of its own, durable as in production."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests import programs, servers

#: What an operator would set on a small machine; everything that makes a commit durable stays on.
DURABLE = (
    "shared_buffers=1GB",
    "work_mem=64MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "max_connections=60",
)


@contextmanager
def fresh_site(**environment: str) -> Iterator[None]:
    """Django, set up on an empty database; `environment` is what differs from the defaults."""
    binaries, redis = programs.postgres_binaries(), programs.redis_server()
    if binaries is None or redis is None:
        raise SystemExit("This needs PostgreSQL and Redis: python -m tests.prepare gets them.")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as var,
        servers.postgres(binaries, DURABLE) as database,
        servers.redis(redis) as broker,
    ):
        os.environ |= {
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "VAR_DIR": var,
            "SECRET_KEY": "for benchmarks only",
            "LINK_KEY": "for benchmarks only",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **environment,
        }
        _set_up()
        yield


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_regions", verbosity=0)
