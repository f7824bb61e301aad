"""Each form that was shown is taken once: a second click is the same request, not another."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from subscribers.errors import AskWithAnotherStamp
from subscribers.models import UsedStamp


def use(stamp: str, content: str, *, life: timedelta) -> bool:
    """Use the `stamp` of a form that came back with `content`; False where that is done already.

    Its use is known for as long as its `life`.

    Raises:
        AskWithAnotherStamp: it was used, and for something else.
    """
    content_key = _key(content)
    used, is_new = UsedStamp.objects.get_or_create(
        digest=hashlib.sha256(stamp.encode()).hexdigest(),
        defaults={"content_key": content_key, "expires_at": timezone.now() + life},
    )
    if used.content_key != content_key:
        raise AskWithAnotherStamp
    return is_new


def outlived() -> QuerySet[UsedStamp]:
    """Stamps that are too old to be good for anything."""
    return UsedStamp.objects.filter(expires_at__lte=timezone.now())


def _key(content: str) -> str:
    """A digest of `content` that only this site can make: an address cannot be read from it."""
    secret = f"subscribers.stamp:{settings.SECRET_KEY}".encode()
    return hmac.digest(secret, content.encode(), "sha256").hex()
