"""The kill switch: nothing leaves while it is on, whatever is scheduled or being sent."""

from __future__ import annotations

from django.utils import timezone

from newsletter.services.installing import adopt
from subscribers.models import KillSwitch


def kill(*, by: str, why: str) -> None:
    """Let nothing leave from the next intent on."""
    _turn(is_on=True, by=by, why=why)


def revive(*, by: str, why: str = "") -> None:
    """Let mail leave again, from this place and from the state that the database is in."""
    adopt()
    _turn(is_on=False, by=by, why=why)


def switch() -> KillSwitch:
    """How the switch stands; a new installation has it off."""
    return KillSwitch.objects.filter(pk=1).first() or KillSwitch(pk=1)


def _turn(*, is_on: bool, by: str, why: str) -> None:
    KillSwitch.objects.update_or_create(
        pk=1,
        defaults={
            "is_on": is_on,
            "why": why[:200],
            "changed_by": by,
            "changed_at": timezone.now(),
        },
    )
