"""How fast the way out may be used, and leaving it alone while the other end does not answer."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from newsletter.models import Delivery, KillSwitch, Lane
from newsletter.models.clock import Now

#: How long the lane is left alone after the first failure; doubled with each further one.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)


def is_closed() -> bool:
    """Whether nothing may be claimed now: killed, faster than its rate, or out of order."""
    busy = Q(free_at__gt=Now()) | Q(open_until__gt=Now())
    return is_killed() or _lane().filter(busy).exists()


def is_killed() -> bool:
    return KillSwitch.objects.filter(is_on=True).exists()


def let_one_try() -> None:
    """After a failure one batch tries the lane; the others wait to see what becomes of it."""
    _lane().filter(failures__gt=0).update(open_until=Now() + FIRST_PAUSE)


def spend(let_through: QuerySet[Delivery]) -> None:
    """Count the deliveries that were let through against the rate, if there is one."""
    for lane in _lane().filter(rate__isnull=False):
        paid = timedelta(seconds=let_through.count() / lane.rate) if lane.rate else timedelta(0)
        start = Greatest(Coalesce(F("free_at"), Now()), Now())
        _lane().update(free_at=start + paid)


def fail() -> None:
    """The other end does not answer: leave the lane alone, the longer the more often."""
    lane, _created = Lane.objects.get_or_create(name=settings.MAIL_TRANSPORT)
    pause = min(FIRST_PAUSE * 2**lane.failures, LONGEST_PAUSE)
    _lane().update(failures=F("failures") + 1, open_until=Now() + pause)


def mend() -> None:
    """The other end answers."""
    _lane().filter(failures__gt=0).update(failures=0, open_until=None)


def _lane() -> QuerySet[Lane]:
    return Lane.objects.filter(name=settings.MAIL_TRANSPORT)
