"""How many requests to subscribe are taken: counted in the database, whatever else is down.

The form must not be a means to fill strangers' mailboxes, neither one mailbox with many
mails nor many mailboxes with one each.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone

from subscribers.addresses import one_mailbox
from subscribers.errors import AskLater
from subscribers.models import SignUp, SignUpRequest

#: For how long a network is remembered that asked `settings.SIGNUPS_PER_NETWORK` times.
NETWORK_WINDOW = timedelta(hours=1)
#: Of what time the requests are counted for the brake, over all networks.
BRAKE_WINDOW = timedelta(hours=1)
#: How far apart those are answered that come without a proof of work while the brake is on.
BRAKED_PACE = timedelta(minutes=1)
#: Requests for one mailbox that are answered by email within so long, however its address is
#: spelled, as long as nobody confirms from there.
MAILBOX_CAPS = {timedelta(days=1): 2, timedelta(days=30): 3}


def let_in(address: str, network: str) -> bool:
    """Count a request for `address` from `network`; whether it is to be answered by email.

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
    before = SignUp.objects.filter(mailbox_key=key, answered=True, confirmed=False)
    counts = [
        before.filter(at__gt=now - window).count() < cap for window, cap in MAILBOX_CAPS.items()
    ]
    SignUp.objects.create(at=now, network=network, mailbox_key=key, answered=all(counts))
    return all(counts)


def brake_is_on() -> bool:
    """Whether so many requests of the last hour wait to be confirmed that programs may ask."""
    unconfirmed = SignUp.objects.filter(
        at__gt=timezone.now() - BRAKE_WINDOW, answered=True, confirmed=False
    )
    return unconfirmed.count() >= settings.SIGNUPS_BEFORE_PROOF


def answer_at(*, proven: bool) -> datetime:
    """When a request is answered: now, unless the brake is on and it is not `proven` by work."""
    now = timezone.now()
    if proven or not brake_is_on():
        return now
    waiting = SignUpRequest.objects.filter(subscription=None, due_at__gt=now)
    last = waiting.aggregate(last=Max("due_at"))["last"]
    return (last or now) + BRAKED_PACE


def forgive(address: str) -> None:
    """Count nothing against the mailbox of `address` any more: its owner has confirmed."""
    SignUp.objects.filter(mailbox_key=key_of(address)).update(confirmed=True)


def something_to_forget() -> bool:
    return _old().exists() or _networks().exists()


def forget(limit: int = 1000) -> int:
    """Delete up to `limit` rows that no request is counted against any more; how many.

    Networks go sooner than the rows they stand in.
    """
    _some(_networks(), limit).update(network="")
    deleted, _by_model = _some(_old(), limit).delete()
    return deleted


def _some(rows: QuerySet[SignUp], limit: int) -> QuerySet[SignUp]:
    return SignUp.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit]))


def key_of(address: str) -> str:
    """What requests for the mailbox of `address` are counted under."""
    secret = f"subscribers.sign-up:{settings.SECRET_KEY}".encode()
    return hmac.digest(secret, one_mailbox(address).encode(), "sha256").hex()


def _old() -> QuerySet[SignUp]:
    return SignUp.objects.filter(at__lte=timezone.now() - max(MAILBOX_CAPS))


def _networks() -> QuerySet[SignUp]:
    """Requests whose network is of no use any more."""
    return SignUp.objects.filter(at__lte=timezone.now() - NETWORK_WINDOW).exclude(network="")
