from __future__ import annotations

from newsletter.transports.esp import MOST_UNCLEAR, Streak


def a_row_of(number: int) -> tuple[Streak, list[object]]:
    streak, calls = Streak(), [object() for _ in range(number)]
    for call in calls:
        streak.begun(call)
    return streak, calls


def test_so_many_unclear_answers_in_a_row_are_too_many() -> None:
    streak, calls = a_row_of(MOST_UNCLEAR)

    assert [streak.answered(call, unclear=True) for call in calls] == [False, False, True]


def test_unclear_answers_that_overtake_a_clear_one_are_not_in_a_row() -> None:
    streak, (first, clear, second, third) = a_row_of(4)

    assert not any(streak.answered(call, unclear=True) for call in (first, second, third))
    assert not streak.answered(clear, unclear=False)


def test_a_row_is_seen_when_the_first_of_it_is_the_last_to_be_answered() -> None:
    streak, (first, second, third, clear) = a_row_of(4)
    streak.answered(clear, unclear=False)

    assert not any(streak.answered(call, unclear=True) for call in (second, third))
    assert streak.answered(first, unclear=True)


def test_a_row_begins_anew_after_it_was_too_long() -> None:
    streak, calls = a_row_of(MOST_UNCLEAR + 1)

    assert [streak.answered(call, unclear=True) for call in calls][-2:] == [True, False]
