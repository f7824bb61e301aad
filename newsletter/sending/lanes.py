"""How much each channel, and each group of recipients, may be sent, and when to leave it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from newsletter.models import Batch, BatchState, DomainGroup, Lane, Throttle
from newsletter.models.clock import Now, today
from subscribers.channels import channels
from subscribers.models import KillSwitch

#: How long the lane is left alone after the first failure; doubled with each further one.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
#: How long it is left alone when the other end asks to be spared and does not say how long.
BREATHER = timedelta(seconds=10)
#: So many batches on the wire at once are as good as any number.
ANY_NUMBER = 64

LIMITED_BY_DAY = Q(daily_cap__isnull=False) | Q(warm_up_on__isnull=False)
LIMITED = LIMITED_BY_DAY | Q(rate__isnull=False)

#: Which batches a worker may claim: those of one group, or of none.
Group = DomainGroup | None


@dataclass(frozen=True)
class Openings:
    """Where mail may go now."""

    #: The groups that batches may be claimed of, those that must wait most often first.
    groups: Sequence[Group] = ()
    #: The channels by which none may go.
    closed: frozenset[str] = frozenset()
    #: Those that failed last, and are to be tried by one batch.
    failing: frozenset[str] = frozenset()


def openings() -> Openings:
    """What batches may be claimed of now: nothing at all while the kill switch is on.

    A channel is closed while its lane is: faster than its rate, out of order, or with as many
    batches on the wire as the other end can bear.
    """
    if KillSwitch.is_thrown():
        return Openings()
    lanes = list(Lane.objects.annotate(now=Now()))
    closed = frozenset(lane.name for lane in lanes if _is_closed(lane, lane.now))
    failing = frozenset(lane.name for lane in lanes if lane.failures)
    if closed >= channels().keys():
        return Openings(closed=closed)
    may_go = DomainGroup.objects.exclude(rate_limited_until__gt=Now())
    return Openings([*may_go.order_by("-rate_limited_until"), None], closed, failing)


def half_open(channel: str) -> None:
    """After a failure one batch tries the lane; the others wait to see what becomes of it."""
    _lane(channel).filter(failures__gt=0).update(closed_until=Now() + FIRST_PAUSE)


def limits_on(batch: Batch) -> list[Throttle]:
    """What the messages of `batch` are counted against, locked until the transaction ends."""
    limits: list[Throttle] = [*_lane(batch.channel).filter(LIMITED).select_for_update()]
    if batch.group_id is not None:
        groups = DomainGroup.objects.filter(LIMITED, pk=batch.group_id)
        limits += groups.select_for_update()
    return limits


def have_room(limits: Iterable[Throttle], number: int) -> bool:
    """Whether what is left of today's allowances holds `number` more messages.

    Where it does not, lane or group is closed until tomorrow. Of a day that is untouched any
    batch may take all, or it would never go.
    """
    return all(_has_room(throttle, number) for throttle in limits)


def spend(limits: Iterable[Throttle], number: int) -> None:
    """Count `number` messages that are let through now."""
    for throttle in limits:
        paid = timedelta(seconds=number / throttle.rate) if throttle.rate else timedelta(0)
        start = Greatest(Coalesce(F("rate_limited_until"), Now()), Now())
        _row(throttle).update(
            rate_limited_until=start + paid,
            spent=throttle.spent_by(today()) + number,
            spent_on=today(),
        )


def record_failure(channel: str) -> None:
    """The other end does not answer: leave the lane alone, the longer the more often."""
    lane, _created = Lane.objects.get_or_create(name=channel)
    pause = min(FIRST_PAUSE * 2**lane.failures, LONGEST_PAUSE)
    _lane(channel).update(failures=F("failures") + 1, closed_until=Now() + pause)


def throttle(channel: str, pause: timedelta | None = None) -> None:
    """The other end asks to be spared: leave it alone for `pause`, then go on with half as much."""
    Lane.objects.get_or_create(name=channel)
    _lane(channel).update(
        concurrency=max(1.0, _on_the_wire(channel) / 2),
        rate_limited_until=Greatest(
            Coalesce(F("rate_limited_until"), Now()), Now() + (pause or BREATHER)
        ),
    )


def record_success(channel: str) -> None:
    """The other end answers: what it was spared, it is given back bit by bit."""
    spared = Q(concurrency__isnull=False)
    more = F("concurrency") + Value(1.0) / F("concurrency")
    _lane(channel).filter(Q(failures__gt=0) | spared).update(
        failures=0,
        closed_until=None,
        concurrency=Case(When(concurrency__lt=ANY_NUMBER, then=more), default=None),
    )


def has_daily_limits(channel: str) -> bool:
    """Whether a day may end before all of a mailing by `channel` has left."""
    in_use = _lane(channel).filter(LIMITED_BY_DAY)
    return in_use.exists() or DomainGroup.objects.filter(LIMITED_BY_DAY).exists()


def _is_closed(lane: Lane, now: datetime) -> bool:
    closed = (lane.rate_limited_until, lane.closed_until)
    if any(until is not None and until > now for until in closed):
        return True
    return lane.concurrency is not None and _on_the_wire(lane.name) >= int(lane.concurrency)


def _on_the_wire(channel: str) -> int:
    in_hand = Batch.objects.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED))
    return in_hand.filter(lease_until__gt=Now(), channel=channel).count()


def _has_room(throttle: Throttle, number: int) -> bool:
    allowance, spent = throttle.allowance(today()), throttle.spent_by(today())
    if allowance is None or spent == 0 or spent + number <= allowance:
        return True
    tomorrow = datetime.combine(today() + timedelta(days=1), time(), UTC)
    _row(throttle).update(rate_limited_until=tomorrow)
    return False


def _row(throttle: Throttle) -> QuerySet[Throttle]:
    return type(throttle)._default_manager.filter(pk=throttle.pk)


def _lane(channel: str) -> QuerySet[Lane]:
    return Lane.objects.filter(name=channel)
