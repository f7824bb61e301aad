"""Journeys on the whole service; those in full/ need a PostgreSQL and a Redis."""

from __future__ import annotations

import os

from django.conf import settings

_ENGINE = settings.DATABASES["default"]["ENGINE"]
_FULL = _ENGINE == "django.db.backends.postgresql" and bool(os.environ.get("REDIS_URL"))

collect_ignore = [] if _FULL else ["full"]
