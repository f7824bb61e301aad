"""Making the checks that were asked for: a worker’s part, in pieces.

What was found is stored every few seconds. So another worker goes on where one died, and a
check gives way to mail between two pieces.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError
from django.db.models import Case, F, Q, When
from django.utils import timezone

from newsletter.audience.segments import rule_of
from newsletter.editorial.checks import ask_for_check, fingerprint_of, supersede
from newsletter.editorial.drafts import DraftSnapshot, draft_of, draft_of_correction
from newsletter.editorial.findings import Finding, FindingKind, Findings
from newsletter.editorial.pieces import Pieces
from newsletter.ledger.heartbeats import Heart, is_dead
from newsletter.models import IssueKind, Preflight, PreflightState, Segment
from newsletter.models.clock import Now
from newsletter.models.preflights import OPEN
from newsletter.queries import ALERTS_FIRST

logger = logging.getLogger(__name__)

#: A worker that says nothing for so long counts as dead: far longer than a piece takes.
LEASE = timedelta(minutes=2)
#: Seconds that a piece should take: mail that is due waits for so long.
PIECE_TAKES = 0.4
#: How many interest sets the first piece has; each later one, as many as fit into that time. No
#: fewer: what a piece takes whatever its size would be all that is done.
SMALLEST_PIECE = 10
LARGEST_PIECE = 4000
#: Seconds of work that are lost with a worker at most.
STORED_EVERY = 2.0
#: How long a check waits for all mail to have left. Then it takes turns with it, as one of an
#: alert does from the start.
PATIENCE = timedelta(minutes=2)
#: So many workers may be lost over a check: then it is that which ends them.
MOST_LOSSES = 3

#: What this process had ready for the check that it let go last: of the many turns that a long
#: one takes, each would begin by rendering all parts, and by reading the first editions whole.
_READY: dict[tuple[int, datetime], Pieces] = {}


class Checker:
    """Makes checks for one worker, one at a time."""

    def __init__(self, heart: Heart) -> None:
        self._heart = heart
        self._run: _Run | None = None

    def go_on(self, *, only_urgent: bool = False) -> bool:
        """Look at one piece; False if there is nothing to check.

        With `only_urgent`, no check that can wait until all mail has left.
        """
        if self._run is None:
            self._run = self._begin(_claimable() & _urgent() if only_urgent else _claimable())
        if self._run is None or (only_urgent and not self._run.is_urgent):
            return False
        if self._is_over(self._run):
            self._run = None
        return True

    def let_go(self) -> None:
        """Leave the check that is being made to whoever comes next."""
        if self._run is not None:
            self._run.store(worker=None, lease_until=None)
            _READY[_key(self._run.check)] = self._run.pieces
            self._run = None

    def _begin(self, which: Q) -> _Run | None:
        waiting = Preflight.objects.filter(which).order_by(ALERTS_FIRST, "asked_at", "pk")
        for pk in waiting.values_list("pk", flat=True):
            if run := self._claim(pk):
                return run
        return None

    def _claim(self, pk: int) -> _Run | None:
        """The check, if nobody was faster and its draft is what it was."""
        worker = self._heart.life().worker_id
        if not Preflight.objects.filter(_claimable(), pk=pk).update(
            state=PreflightState.RUNNING,
            worker=worker,
            lease_until=Now() + LEASE,
            losses=F("losses") + Case(When(worker=None, then=0), default=1),
        ):
            return None
        check = Preflight.objects.select_related(
            "issue__publication", "correction__version__issue__publication", "segment"
        ).get(pk=pk)
        draft = _draft_of(check)
        rule = rule_of(check.segment) if check.segment else None
        if fingerprint_of(draft, rule) != check.fingerprint:
            supersede(Preflight.objects.filter(pk=pk))
            return None
        pieces = _READY.get(_key(check)) or Pieces(draft, rule)
        _READY.clear()
        found = Findings.of(check.found, check.editions)
        return _Run(check, pieces, found, check.position, sets=SMALLEST_PIECE)

    def _is_over(self, run: _Run) -> bool:
        try:
            return run.step()
        except DatabaseError:
            raise
        except Exception:
            logger.exception("The check %s came to no end.", run.check.pk)
            return run.give_up()


@contextmanager
def checks_by(heart: Heart) -> Iterator[Checker]:
    """Makes checks as long as the block runs."""
    checker = Checker(heart)
    try:
        yield checker
    finally:
        checker.let_go()


def check_here(
    draft: DraftSnapshot, segment: Segment | None = None, *, by: User | None = None
) -> None:
    """Check `draft`, however long it takes: for commands, where nobody waits at a page.

    Where a worker was faster, that is waited for.

    Raises:
        MendTheIssue: it cannot be sent, whoever reads it.
    """
    asked = ask_for_check(draft, segment, by=by)
    with checks_by(Heart()) as checks:
        while asked and Preflight.objects.filter(pk=asked.pk, state__in=OPEN).exists():
            if not checks.go_on():
                time.sleep(0.1)


@dataclass
class _Run:
    """One check while it is made here."""

    check: Preflight
    pieces: Pieces
    found: Findings
    #: As far as it has come; what is stored may be behind.
    position: int
    #: How many interest sets the next piece has.
    sets: int
    stored_at: float = 0.0

    @property
    def is_urgent(self) -> bool:
        has_waited = self.check.asked_at <= timezone.now() - PATIENCE
        return self.check.issue.is_alert or has_waited

    def step(self) -> bool:
        """Look at one piece more; whether it is over, or taken away."""
        if self.check.losses >= MOST_LOSSES:
            return self.give_up()
        if self.check.interests is None:
            self.check.readers, self.check.interests = self.pieces.count()
            return not self.store()
        end = self._look_at_a_piece()
        if end is None:
            return self._finish()
        self.position = end
        if time.monotonic() - self.stored_at < STORED_EVERY:
            return False
        return not self.store()

    def _look_at_a_piece(self) -> int | None:
        """Where it ends; None if there are no more."""
        start = time.monotonic()
        piece = self.pieces.look_at(self.found, after=self.position, sets=self.sets)
        took = max(time.monotonic() - start, 0.001)
        fitting = min(round(self.sets * PIECE_TAKES / took), 4 * self.sets)
        self.sets = min(max(SMALLEST_PIECE, fitting), LARGEST_PIECE)
        self.found.let_go()
        self.check.checked += piece.interests
        return piece.end

    def give_up(self) -> bool:
        """End it as one that found out nothing."""
        self.found = Findings()
        self.found.faults.add(Finding(FindingKind.BROKEN))
        return self._finish()

    def _finish(self) -> bool:
        is_clean = not self.found.faults
        self.store(
            state=PreflightState.PASSED if is_clean else PreflightState.FAILED,
            worker=None,
            lease_until=None,
            finished_at=Now(),
        )
        return True

    def store(self, **columns: object) -> bool:
        """Store how far it has come, and live on; False if it is somebody else’s, or over."""
        mine = Preflight.objects.filter(
            pk=self.check.pk,
            state=PreflightState.RUNNING,
            worker=self.check.worker_id,
            position=self.check.position,
        )
        progress = {
            "position": self.position,
            "readers": self.check.readers,
            "interests": self.check.interests,
            "checked": self.check.checked,
            "found": self.found.plain,
            "editions": self.found.plain_editions,
            "lease_until": Now() + LEASE,
        }
        self.check.position, self.stored_at = self.position, time.monotonic()
        return bool(mine.update(**{**progress, **columns}))


def _key(check: Preflight) -> tuple[int, datetime]:
    return check.pk, check.asked_at


def _draft_of(check: Preflight) -> DraftSnapshot:
    return draft_of_correction(check.correction) if check.correction else draft_of(check.issue)


def _claimable() -> Q:
    lost = is_dead() | Q(lease_until__lte=Now()) | Q(worker=None)
    return Q(state=PreflightState.ASKED) | Q(lost, state=PreflightState.RUNNING)


def _urgent() -> Q:
    return Q(issue__kind=IssueKind.ALERT) | Q(asked_at__lte=Now() - PATIENCE)
