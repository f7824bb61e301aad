"""The freeze: who gets which edition, decided for a whole audience as it was at one instant.

First the audience is fixed (:mod:`newsletter.audience.fixing`), in one transaction. Then its
deliveries are written in pieces (:mod:`newsletter.audience.pieces`), each a transaction of its
own: what the first has written is mailed while the others are. A worker that dies leaves nothing
half-done, and another one goes on with the next piece.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from newsletter.audience.builder import passed_over
from newsletter.audience.fixing import keep_readers, take_audience, take_time
from newsletter.audience.history import to_compare_with
from newsletter.audience.pieces import Piece, PieceWriter, skip_piece
from newsletter.audience.releasing import hold_due, set_overdue_aside
from newsletter.ledger import mailings
from newsletter.ledger.heartbeats import Heart, is_dead
from newsletter.ledger.history import this_worker
from newsletter.ledger.tallying import once_written
from newsletter.models import (
    Mailing,
    MailingState,
    MailingTransition,
    Reason,
    Trouble,
)
from newsletter.models.clock import Now
from newsletter.queries import ALERTS_FIRST, copies_on_the_wire

logger = logging.getLogger(__name__)

#: For how long fixing an audience, and then each piece, is left to the worker that took it up,
#: even while it is heard of. Both are far longer than that takes.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
LEASE_OF_A_PIECE = min(LEASE, timedelta(minutes=1))
#: How long a freeze that went wrong is left alone.
RETRY_AFTER = timedelta(minutes=1)

#: States in which what is left of an audience still gets its deliveries: a mailing that is paused,
#: or late, is frozen to its end, and whoever goes on with it finds all in place.
GOES_ON = (
    MailingState.FREEZING,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.OVERDUE,
)

#: How many deliveries a transport takes in one go: whichever it is, or by the channel.
BatchSize = int | Callable[[str], int]

#: What this process had at hand for the freeze that it let go last.
_READY: dict[tuple[int, datetime | None], PieceWriter] = {}


class Lost(Exception):
    """The mailing is somebody else’s by now, or goes on in another way."""


def freeze_due(batch_size: BatchSize, heart: Heart | None = None) -> int:
    """Freeze every mailing whose time is about to come, to its end; the number frozen.

    Batches hold `batch_size` deliveries at most. A mailing whose time
    passed while nobody was at work is set aside for a person: readers were not to get it now.
    """
    with freezes_by(heart or Heart(), batch_size) as freezes:
        while freezes.go_on():
            pass
    return freezes.frozen


@contextmanager
def freezes_by(heart: Heart, batch_size: BatchSize) -> Iterator[Freezer]:
    """Freezes mailings as long as the block runs."""
    freezer = Freezer(heart, batch_size)
    try:
        yield freezer
    finally:
        freezer.let_go()


class Freezer:
    """Freezes mailings for one worker, a piece at a time: alerts first."""

    def __init__(self, heart: Heart, batch_size: BatchSize) -> None:
        self._heart = heart
        self._batch_size = batch_size
        self._freeze: _Freeze | None = None
        #: How many mailings it froze to their end.
        self.frozen = 0

    def go_on(self) -> bool:
        """Write a piece, of a mailing whose audience is fixed first; False if there is none."""
        set_overdue_aside()
        hold_due()
        freeze = self._next()
        # However the piece ends, what it read is not used again unless it ends well.
        self._freeze = None
        if freeze is None:
            return False
        try:
            is_over = freeze.step(self._size_for(freeze.mailing))
        except Lost:
            freeze.release()
        except Exception:
            logger.exception("Who gets mailing %s could not be worked out.", freeze.mailing.pk)
            freeze.put_off()
        else:
            self.frozen += is_over and freeze.is_sound
            self._freeze = None if is_over else freeze
        return True

    def let_go(self) -> None:
        """Leave what is being frozen to whoever comes next."""
        if self._freeze is not None:
            self._freeze.release()
            self._freeze.keep_at_hand()
            self._freeze = None

    def _next(self) -> _Freeze | None:
        """What is to be frozen now: what is in hand, unless something else comes first."""
        in_hand = self._freeze.mailing.pk if self._freeze else None
        waiting = Mailing.objects.filter(_claimable() | Q(pk=in_hand))
        waiting = waiting.order_by(ALERTS_FIRST, "scheduled_at", "pk")
        for pk in waiting.values_list("pk", flat=True):
            if pk == in_hand:
                return self._freeze
            if claimed := self._claim(pk):
                self.let_go()
                return claimed
        return None

    def _claim(self, pk: int) -> _Freeze | None:
        """The freeze of the mailing `pk`, unless somebody was faster."""
        free = Mailing.objects.filter(_claimable(), pk=pk)
        worker = self._heart.life().worker_id
        if not _take(free, worker):
            return None
        return _Freeze(_mailing(pk), worker, self._heart)

    def _size_for(self, mailing: Mailing) -> int:
        size = self._batch_size
        return size if isinstance(size, int) else size(mailing.issue.publication.channel)


def _claimable() -> Q:
    released = Q(state=MailingState.HELD, release_at__lte=Now())
    lost = is_dead() | Q(lease_until__lte=Now()) | Q(lease_until=None)
    begun = Q(lost, state=MailingState.FREEZING, frozen_at=None)
    fixed = Q(state=MailingState.FREEZING, frozen_at__isnull=False)
    fixed |= Q(left_to_freeze__gt=0, state__in=(*GOES_ON, MailingState.CANCELLED))
    return ((released | begun) & Q(~copies_on_the_wire())) | (lost & fixed)


def _take(free: QuerySet[Mailing], worker: int) -> bool:
    """Take up the one that is `free`, if it still is, for :data:`LEASE` at most."""
    columns: dict[str, Any] = {"worker": worker, "lease_until": Now() + LEASE}
    for mailing in free.filter(frozen_at=None).select_related("issue"):
        columns["compared_with"] = to_compare_with(mailing.issue)
    held = free.filter(state=MailingState.HELD)
    begun = mailings.transition(held, MailingTransition.FREEZE, by=this_worker(), **columns)
    return bool(begun or free.exclude(state=MailingState.HELD).update(**columns))


def _mailing(pk: int) -> Mailing:
    return Mailing.objects.select_related("issue__publication", "version").get(pk=pk)


@dataclass
class _Freeze:
    """The freeze of one mailing while a worker is at it."""

    mailing: Mailing
    #: Under which number the worker took it up.
    worker: int
    heart: Heart
    is_sound: bool = True

    @cached_property
    def _writer(self) -> PieceWriter:
        return _READY.pop(_key(self.mailing), None) or PieceWriter(self.mailing)

    def step(self, batch_size: int) -> bool:
        """Write one piece more, of an audience that is fixed first; whether that was the last.

        Raises:
            Lost: it is not ours any more. Nothing was written.
        """
        if self.mailing.frozen_at is None:
            self._fix()
        with transaction.atomic():
            take_time()
            keep_readers(self.mailing)
            self.mailing.refresh_from_db(fields=["state", "worker", "left_to_freeze"])
            self._expect(self.mailing.worker_id == self.worker)
            if self.mailing.state == MailingState.CANCELLED:
                self._skip()
            else:
                self._write(batch_size)
        return not self.is_sound or not self.mailing.left_to_freeze

    def _fix(self) -> None:
        """Fix the audience."""
        with transaction.atomic():
            take_time()
            keep_readers(self.mailing)
            size = take_audience(self.mailing, self._writer.composer)
            others = passed_over(self.mailing.issue, self._writer.composer)
            mine = self._mine().filter(state=MailingState.FREEZING, frozen_at=None)
            fixed = {"frozen_at": Now(), "audience_size": size, "left_to_freeze": size}
            self._expect(mine.update(**fixed, passed_over=others, **self._lease()))
        self.mailing.refresh_from_db(fields=["frozen_at", "audience_size"])

    def _write(self, batch_size: int) -> None:
        state = MailingState(self.mailing.state)
        self._expect(state in GOES_ON)
        piece = self._writer.write(self._position, batch_size)
        self.is_sound = piece.is_sound
        if not piece.is_sound:
            self._note(piece, (MailingState.CHECK_FAILED,))
        elif state == MailingState.FREEZING:
            started = mailings.transition(self._mine(), MailingTransition.START, by=this_worker())
            self._expect(started)
            self._note(piece, (MailingState.SENDING,))
        else:
            self._note(piece, GOES_ON)
            self._is_well()

    def _skip(self) -> None:
        self._note(
            skip_piece(self.mailing, self._position, Reason.CANCELLED), (MailingState.CANCELLED,)
        )

    @property
    def _position(self) -> int:
        """The last of the audience that has a delivery."""
        return (self.mailing.audience_size or 0) - self.mailing.left_to_freeze

    def _note(self, piece: Piece, states: tuple[MailingState, ...]) -> None:
        """Note that `piece` is written, which is the last thing to do: workers that send wait.

        It is for nothing if another worker has taken it up, or its state is none of `states`.
        """
        left = self.mailing.left_to_freeze - piece.readers
        unchanged = self._mine().filter(left_to_freeze=self.mailing.left_to_freeze)
        goes_on = left and piece.is_sound
        more = self._lease() if goes_on else {"lease_until": None, **once_written(self.mailing)}
        noted = unchanged.filter(state__in=states).update(left_to_freeze=left, **more)
        self._expect(noted)
        self.mailing.left_to_freeze = left

    def _is_well(self) -> None:
        """What was in its way is not any more."""
        troubled = self._mine().filter(trouble=Trouble.NOT_FROZEN)
        mailings.transition(troubled, MailingTransition.RECOVER, by=this_worker())

    def _lease(self) -> dict[str, Any]:
        """Ours for a piece more, under the number that this process has now."""
        self.worker = self.heart.life().worker_id
        return {"worker": self.worker, "lease_until": Now() + LEASE_OF_A_PIECE}

    def _mine(self) -> QuerySet[Mailing]:
        return Mailing.objects.filter(pk=self.mailing.pk, worker=self.worker)

    def _expect(self, held: object) -> None:
        if not held:
            raise Lost

    def release(self) -> None:
        """Let whoever comes next take it up at once."""
        self._mine().filter(lease_until__isnull=False).update(lease_until=None)

    def put_off(self) -> None:
        """Let nobody try for a while, and say that it went wrong."""
        self._mine().update(worker=None, lease_until=Now() + RETRY_AFTER)
        why = Trouble.NOT_FROZEN
        unaware = Mailing.objects.filter(pk=self.mailing.pk).exclude(trouble=why)
        if not mailings.transition(unaware, MailingTransition.FREEZE, by=this_worker(), why=why):
            mailings.transition(unaware, MailingTransition.HINDER, by=this_worker(), why=why)

    def keep_at_hand(self) -> None:
        """Keep what was read, in case that it is this process that goes on with it."""
        _READY.clear()
        _READY[_key(self.mailing)] = self._writer


def _key(mailing: Mailing) -> tuple[int, datetime | None]:
    return mailing.pk, mailing.frozen_at
