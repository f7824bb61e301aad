"""Whether the database is where, and when, it was left: a restored copy sends nothing by itself.

A copy in another place owes the same mail as the original, which may be sending it; an old copy
in the same place owes mail that has left since. Both look like any other database from inside.
"""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from subscribers.models import Installation, KillSwitch
from subscribers.services.installing import HighWater, place, settle_in
from subscribers.services.killing import kill

#: Who turns the kill switch on when no person does.
GUARD = "guard"


def mail_may_leave() -> bool:
    """Whether mail may be handed to anything now. Whatever hands mail over asks this first."""
    return take_turn() and not KillSwitch.is_thrown()


def take_turn() -> bool:
    """Count one more turn; False, with the kill switch on, if this is a copy or an old state.

    Not to be called inside a transaction that may be undone: a machine that has seen a count
    which the database knows nothing of takes it for an older state.
    """
    installation = settle_in()
    key, high_water = installation.key, HighWater.of(installation)
    # In this order: whatever others have counted meanwhile, the file is not ahead of the
    # database unless the database has gone back.
    seen = high_water.read()
    Installation.objects.filter(pk=1).update(turns=F("turns") + 1)
    installation.refresh_from_db()
    if installation.key != key:
        return take_turn()  # a person has just decided to go on from here
    if why := _strange(installation, seen):
        go_on = _("To send from this copy, turn the kill switch off.")
        _stop(f"{why} {go_on}")
        return False
    high_water.write(installation.turns)
    return True


def _strange(installation: Installation, seen: int | None) -> str:
    """What is not as it was left, as a sentence; empty if nothing."""
    if installation.place != place():
        return _("This database was copied or restored from another place.")
    if seen is None and connection.vendor == "sqlite":
        return _("This database was put into a folder that is not its own.")
    if seen is not None and installation.turns <= seen:
        return _("This database is older than emails already sent: a backup was restored.")
    return ""


def _stop(why: str) -> None:
    if not KillSwitch.objects.filter(is_on=True, why=why).exists():
        kill(by=GUARD, why=why)
        # People who signed out since may not be signed in again by an old state.
        Session.objects.all().delete()
