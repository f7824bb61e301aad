from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.models import Publication
from subscribers.robots import RobotCheck
from tests.subscribers.stamps import stamp_for

DISPATCH, COAST = Publication(pk=7), Publication(pk=8)


def check(**fields: str) -> RobotCheck:
    return RobotCheck(str(DISPATCH.pk), fields)


@pytest.mark.parametrize(
    ("seconds", "took_its_time"),
    [(0, False), (1, False), (4, True), (3600, True), (86_000, True), (87_000, False)],
)
def test_a_person_takes_some_time_and_not_for_ever(seconds: int, took_its_time: bool) -> None:
    stamp = stamp_for(DISPATCH, seconds_ago=seconds)

    assert check(stamp=stamp).took_its_time is took_its_time


def test_a_form_of_the_future_was_not_read() -> None:
    assert not check(stamp=stamp_for(DISPATCH, seconds_ago=-60)).took_its_time


@given(st.text())
def test_no_made_up_stamp_is_good(text: str) -> None:
    assert not check(stamp=text).took_its_time


def test_a_form_without_a_stamp_was_not_shown() -> None:
    assert not check().took_its_time


def test_the_stamp_of_one_form_is_good_for_no_other() -> None:
    assert not check(stamp=stamp_for(COAST)).took_its_time


def test_the_trap_is_a_field_that_is_left_empty() -> None:
    assert check(remarks="https://casino.example").in_the_trap
    assert not check(remarks="").in_the_trap
    assert not check().in_the_trap


def test_a_form_that_came_back_too_quickly_is_shown_with_its_own_stamp() -> None:
    stamp = stamp_for(DISPATCH, seconds_ago=0)

    assert check(stamp=stamp).again()["stamp"].value() == stamp


@pytest.mark.parametrize(
    "stamp",
    ["", "made up", stamp_for(DISPATCH, seconds_ago=90_000)],
    ids=["none", "made up", "a day old"],
)
def test_a_form_whose_stamp_is_worth_nothing_is_shown_with_a_new_one(stamp: str) -> None:
    fresh = check(stamp=stamp).again()["stamp"].value()

    assert fresh != stamp
    assert check(stamp=fresh).again()["stamp"].value() == fresh


def test_what_was_in_the_trap_does_not_come_back() -> None:
    assert check(remarks="https://casino.example").again()["remarks"].value() is None


def test_every_form_has_a_stamp_of_its_own() -> None:
    assert check().again()["stamp"].value() != check().again()["stamp"].value()


def test_a_stamp_that_is_spent_does_not_come_back() -> None:
    spent = check(stamp=stamp_for(DISPATCH))
    spent.is_spent = True

    assert spent.again()["stamp"].value() != spent.note


def test_a_proof_is_a_number_that_takes_some_looking_for() -> None:
    found = next(n for n in range(10_000) if check(stamp="stamp", proof=str(n)).proves(8))

    assert not any(check(stamp="stamp", proof=str(n)).proves(8) for n in range(found))
    assert not check(stamp="another", proof=str(found)).proves(8)


@given(st.text())
def test_what_is_no_proof_is_none(text: str) -> None:
    assert not check(stamp="stamp", proof=text).proves(64)


def test_a_form_without_a_proof_proves_nothing_by_luck() -> None:
    stamps = (f"stamp{n}" for n in range(10_000))

    lucky = next(s for s in stamps if hashlib.sha256(f"{s}:".encode()).digest()[0] == 0)

    assert not check(stamp=lucky).proves(8)
