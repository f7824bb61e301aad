from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from subscribers.gathering import Gathering


def test_alone_one_is_answered_at_once() -> None:
    gathering = Gathering[int, int](lambda asked: [2 * one for one in asked])

    assert [gathering.ask(1), gathering.ask(2)] == [2, 4]


def test_what_is_asked_for_meanwhile_is_done_in_one_go() -> None:
    calls: list[list[int]] = []
    begun, may_end = threading.Event(), threading.Event()

    def work(asked: Sequence[int]) -> list[int]:
        calls.append(sorted(asked))
        begun.set()
        may_end.wait(10)
        return [2 * one for one in asked]

    gathering = Gathering(work)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(gathering.ask, 1)
        begun.wait(10)
        others = [threads.submit(gathering.ask, number) for number in (2, 3, 4)]
        while len(gathering._waiting) < 3:
            pass
        may_end.set()
        answers = [one.result() for one in (first, *others)]

    assert answers == [2, 4, 6, 8]
    assert calls == [[1], [2, 3, 4]]


def test_whoever_asked_is_told_that_it_failed_and_the_next_is_served() -> None:
    def work(asked: Sequence[int]) -> list[float]:
        return [1 / one for one in asked]

    gathering = Gathering(work)

    with pytest.raises(ZeroDivisionError):
        gathering.ask(0)
    assert gathering.ask(2) == 0.5
