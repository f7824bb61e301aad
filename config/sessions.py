"""Sessions whose keys do not stand in the database, and that end where the database is copied.

What the database keeps of a key is a digest of it and of the place that the database is in. Who
reads the database, or a backup of it, finds nothing there to sign in with; and a copy that is
started elsewhere knows nobody.
"""

from __future__ import annotations

import hmac
import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone

from subscribers.services.clone_guard import database_identity

logger = logging.getLogger("django.security.SessionStore")

#: Characters that the table has room for: 160 bits, as many as a key has.
_ROOM = 40


class SessionStore(db.SessionStore):
    """Django's, with digests in place of keys."""

    def _get_session_from_db(self) -> Any:
        try:
            return self.model.objects.get(
                session_key=_digest(self.session_key), expire_date__gt=timezone.now()
            )
        except (self.model.DoesNotExist, SuspiciousOperation) as error:
            if isinstance(error, SuspiciousOperation):
                logger.warning("A session that cannot be read: %s", error)
            self._session_key = None
            return None

    def exists(self, session_key: str) -> bool:
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        stored = super().create_model_instance(data)
        stored.session_key = _digest(stored.session_key)
        return stored

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(_digest(key))


def _digest(key: str | None) -> str:
    secret = f"config.sessions:{settings.SECRET_KEY}:{_here()}".encode()
    return hmac.digest(secret, (key or "").encode(), "sha256").hex()[:_ROOM]


@cache
def _here() -> str:
    # Asked for once: a copy is looked at by a process that was started for it.
    return database_identity()
