"""The drills need a PostgreSQL and a Redis that can be had here."""

from __future__ import annotations

import os

from django.conf import settings

_ENGINE = settings.DATABASES["default"]["ENGINE"]
_FULL = _ENGINE == "django.db.backends.postgresql" and bool(os.environ.get("REDIS_URL"))

collect_ignore = [] if _FULL else ["test_drills.py"]
