"""The kill switch: nothing leaves while it is on, whatever is scheduled or being sent."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subscribers.models import AuditAction, KillSwitch
from subscribers.services.auditing import Changes, record


def turn_on(*, by: User | str, why: str = "", found: str = "") -> None:
    """Let nothing leave from the next intent on.

    `why` are a person's words, `found` is the :class:`~subscribers.models.Strange` of the guard.
    """
    _turn(is_on=True, by=by, why=why, found=found)


def turn_off(*, by: User | str, why: str = "") -> None:
    """Let mail leave again, where the clone guard has nothing against it."""
    _turn(is_on=False, by=by, why=why)


def switch() -> KillSwitch:
    """How the switch stands; a new installation has it off."""
    return KillSwitch.objects.filter(pk=1).first() or KillSwitch(pk=1)


@transaction.atomic
def _turn(*, is_on: bool, by: User | str, why: str, found: str = "") -> None:
    before = switch()
    turned, _created = KillSwitch.objects.update_or_create(
        pk=1,
        defaults={
            "is_on": is_on,
            "why": why[:200],
            "found": found,
            "changed_by": by if isinstance(by, str) else by.get_username(),
            "changed_at": timezone.now(),
        },
    )
    names = ("is_on", "why", "found")
    changes: Changes = {name: [getattr(before, name), getattr(turned, name)] for name in names}
    record(AuditAction.CHANGED, by=by, about=turned, changes=changes)
