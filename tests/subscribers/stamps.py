"""The note of when a sign-up form was shown, as if that was a while ago."""

from __future__ import annotations

import secrets
import time

from django.core.signing import Signer, b62_encode

from subscribers import robots
from subscribers.models import Publication


def stamp_for(publication: Publication, *, seconds_ago: int = 30) -> str:
    shown_at = b62_encode(int(time.time()) - seconds_ago)
    note = f"{publication.pk}:{secrets.token_urlsafe(12)}"
    # The signer dates what it signs; here it is dated already.
    return Signer.sign(robots._signer, f"{note}:{shown_at}")
