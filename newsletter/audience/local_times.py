"""When a mailing is due by each reader's own clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from newsletter.models import Mailing
from subscribers.time_zones import known_time_zones


def due_moments(mailing: Mailing, zones: Iterable[str]) -> dict[str, datetime]:
    """By name of a time zone, when its readers are to get `mailing`.

    Nobody gets it before it begins and the time to undo it is over; where a local moment is
    past by then, its readers get it at once.
    """
    begins = mailing.scheduled_at + mailing.issue.undo_time
    return {name: max(moment, begins) for name, moment in local_moments(mailing, zones).items()}


def local_moments(mailing: Mailing, zones: Iterable[str]) -> dict[str, datetime]:
    """By name of a time zone, when clocks there show what readers are to get `mailing` at.

    Where it goes to everyone at one moment, that is it. A zone that is empty, or unknown here,
    is the publication's.
    """
    if mailing.local_day is None or mailing.local_time is None:
        return dict.fromkeys(zones, mailing.scheduled_at)
    shown = datetime.combine(mailing.local_day, mailing.local_time)
    fallback = mailing.issue.publication.zone
    return {name: moment_of(shown, zone_of(name, fallback)) for name in zones}


def moment_of(shown: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) when clocks in `zone` show the naive time `shown`.

    The first, where they show it twice. Where they are put forward over it, as long after the
    change as it would have been after it: 02:30 becomes 03:30 (PEP 495, fold=0).
    """
    return shown.replace(tzinfo=zone, fold=0).astimezone(UTC)


def zone_of(name: str, fallback: ZoneInfo) -> ZoneInfo:
    """The time zone called `name`; `fallback` if there is none."""
    return ZoneInfo(name) if name in known_time_zones() else fallback
