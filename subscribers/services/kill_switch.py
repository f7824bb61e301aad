"""The kill switch: nothing leaves while it is on, whatever is scheduled or being sent."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subscribers.models import AuditAction, KillSwitch
from subscribers.services.auditing import Changes, record


def turn_on(*, by: User | str, why: str) -> None:
    """Let nothing leave from the next intent on."""
    _turn(is_on=True, by=by, why=why)


def turn_off(*, by: User | str, why: str = "") -> None:
    """Let mail leave again, where the clone guard has nothing against it."""
    _turn(is_on=False, by=by, why=why)


def switch() -> KillSwitch:
    """How the switch stands; a new installation has it off."""
    return KillSwitch.objects.filter(pk=1).first() or KillSwitch(pk=1)


@transaction.atomic
def _turn(*, is_on: bool, by: User | str, why: str) -> None:
    before = switch()
    turned, _created = KillSwitch.objects.update_or_create(
        pk=1,
        defaults={
            "is_on": is_on,
            "why": why[:200],
            "changed_by": by if isinstance(by, str) else by.get_username(),
            "changed_at": timezone.now(),
        },
    )
    changes: Changes = {"is_on": [before.is_on, turned.is_on], "why": [before.why, turned.why]}
    record(AuditAction.CHANGED, by=by, about=turned, changes=changes)
