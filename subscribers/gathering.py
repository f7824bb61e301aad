"""Do in one go what several threads ask for at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class _Turn(Generic[Asked, Answer]):
    """What one thread asked for, and what came of it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answers: list[Answer] = []
        self.error: Exception | None = None

    @property
    def is_over(self) -> bool:
        return bool(self.answers) or self.error is not None


class Gathering(Generic[Asked, Answer]):
    """Calls a function for all that was asked for while it was busy.

    Alone, a thread is answered at once. Of several, one takes up all that waits, and the others
    find their answers there: the more there are, the less each of them costs. After its work it
    rests as long as that took, while more gather: what else runs on the machine has its turn.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        #: Answers each of what was asked, in the same order.
        self._work = work
        self._waiting: list[_Turn[Asked, Answer]] = []
        self._adding, self._working = threading.Lock(), threading.Lock()
        self._rested_at = 0.0

    def ask(self, asked: Asked) -> Answer:
        """What comes of it.

        Raises:
            Exception: whatever the work raised for those that it was done with.
        """
        turn = _Turn[Asked, Answer](asked)
        with self._adding:
            self._waiting.append(turn)
        with self._working:
            if not turn.is_over:
                self._take_up_all()
        if turn.error is not None:
            raise turn.error
        return turn.answers[0]

    def _take_up_all(self) -> None:
        time.sleep(max(0.0, self._rested_at - time.monotonic()))
        with self._adding:
            turns, self._waiting = self._waiting, []
        begun = time.monotonic()
        self._do(turns)
        ended = time.monotonic()
        self._rested_at = ended + (ended - begun)

    def _do(self, turns: Sequence[_Turn[Asked, Answer]]) -> None:
        try:
            answers = self._work([turn.asked for turn in turns])
        except Exception as error:  # each of those who asked is told
            for turn in turns:
                turn.error = error
            return
        for turn, answer in zip(turns, answers, strict=True):
            turn.answers.append(answer)
