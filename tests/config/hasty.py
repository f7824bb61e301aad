"""A gunicorn that wants requests within half a second."""

from __future__ import annotations

from config.gunicorn import PunctualWorker


class HastyWorker(PunctualWorker):
    headers_within = body_within = 0.5
