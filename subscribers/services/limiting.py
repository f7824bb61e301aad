"""How many requests to subscribe are taken: counted in the database, whatever else is down.

The form must not be a means to fill strangers' mailboxes, neither one mailbox with many
mails nor many mailboxes with one each.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from subscribers.addresses import one_mailbox
from subscribers.errors import AskLater
from subscribers.models import SignUp

#: For how long a network is remembered that asked `settings.SIGNUPS_PER_NETWORK` times.
NETWORK_WINDOW = timedelta(hours=1)
#: Requests for one mailbox that are answered by mail, however its address is spelled.
MAILBOX_CAP = 3
MAILBOX_WINDOW = timedelta(days=1)


def let_in(address: str, network: str) -> bool:
    """Count a request for `address` from `network`; whether it is to be answered by mail.

    Where no network is known, requests are counted by mailbox alone: they come from anywhere,
    and must not shut each other out. Requests at the same instant may not see each other, so
    that a few more get through.

    Raises:
        AskLater: the network has asked too often within the hour.
    """
    now, key = timezone.now(), key_of(address)
    from_there = SignUp.objects.filter(network=network, at__gt=now - NETWORK_WINDOW)
    if network and from_there.count() >= settings.SIGNUPS_PER_NETWORK:
        raise AskLater
    before = SignUp.objects.filter(mailbox_key=key, at__gt=now - MAILBOX_WINDOW).count()
    SignUp.objects.create(at=now, network=network, mailbox_key=key)
    return before < MAILBOX_CAP


def something_to_forget() -> bool:
    return _old().exists()


def forget() -> int:
    """Delete what no request is counted against any more; how many rows."""
    deleted, _by_model = _old().delete()
    return deleted


def _old() -> QuerySet[SignUp]:
    return SignUp.objects.filter(at__lte=timezone.now() - max(NETWORK_WINDOW, MAILBOX_WINDOW))


def key_of(address: str) -> str:
    """What requests for the mailbox of `address` are counted under."""
    secret = f"subscribers.sign-up:{settings.SECRET_KEY}".encode()
    return hmac.digest(secret, one_mailbox(address).encode(), "sha256").hex()
