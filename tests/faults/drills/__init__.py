"""The drills, by what goes wrong in them. None of these modules needs Django before it runs."""

from __future__ import annotations

from tests.faults.drill import Drill
from tests.faults.drills import mail, people, servers, workers

DRILLS: dict[str, Drill] = {
    drill.name: drill for drill in (*workers.DRILLS, *servers.DRILLS, *mail.DRILLS, *people.DRILLS)
}
