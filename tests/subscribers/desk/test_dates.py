"""A typed day means one day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st

from subscribers.desk.dates import DayField, MomentField

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


def refusal(typed: str) -> str:
    with pytest.raises(ValidationError) as refused:
        DayField().clean(typed)
    return refused.value.messages[0]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "typed",
    [
        "2023-11-03",
        " 2023-11-3 ",
        "3 November 2023",
        "November 3, 2023",
        "the 3rd of November 2023",
        "3 Nov. 2023",
        "3 novembre 2023",
        "le 3 NOVEMBRE 2023",
    ],
)
def test_a_day_in_iso_or_with_its_month_in_words_is_the_same_for_everyone(
    language: str, typed: str
) -> None:
    with translation.override(language):
        assert DayField().clean(typed) == date(2023, 11, 3)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1er août 2023", date(2023, 8, 1)),
        ("2 fév. 2024", date(2024, 2, 2)),
        ("2 févr 2024", date(2024, 2, 2)),
        ("5 juin 2023", date(2023, 6, 5)),
        ("5 juil. 2023", date(2023, 7, 5)),
        ("5 mars 2023", date(2023, 3, 5)),
        ("5 mai 2023", date(2023, 5, 5)),
    ],
)
def test_french_months_are_read_with_or_without_their_accents_and_cut_short(
    typed: str, day: date
) -> None:
    assert DayField().clean(typed) == day


@pytest.mark.parametrize("typed", ["9999-12-31", "1 January 0001", "0203-11-03"])
def test_a_year_that_is_a_slip_is_refused(typed: str) -> None:
    assert "between 1800 and 2199" in refusal(typed)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("typed", ["03/11/2023", "3.11.2023", "03-11-2023", "3 11 2023"])
def test_a_day_that_may_be_two_is_refused_with_both(language: str, typed: str) -> None:
    with translation.override(language):
        said = refusal(typed)

        assert date_format(date(2023, 3, 11), "j F Y") in said
        assert date_format(date(2023, 11, 3), "j F Y") in said
    assert "2023-03-11" in said
    assert "2023-11-03" in said


@pytest.mark.parametrize("typed", ["25/12/2023", "12/25/2023", "2023/12/25"])
def test_a_day_that_can_be_one_alone_is_still_asked_for_as_everyone_reads_it(typed: str) -> None:
    said = refusal(typed)

    assert said.startswith(f"“{typed}” can be read as 25 December 2023.")
    assert "2023-12-25" in said


@pytest.mark.parametrize(
    "typed",
    ["2023-13-45", "31 February 2023", "5 jui 2023", "5 ma 2023", "soon", "3 November", "0"],
)
def test_what_is_no_day_is_refused_with_an_example(typed: str) -> None:
    assert refusal(typed) == "Write the day like 2023-11-03 or 3 November 2023."


@given(DAYS, st.sampled_from(["en", "fr"]), st.sampled_from(["en", "fr"]))
def test_a_day_written_in_either_language_is_read_in_the_other(
    day: date, writer: str, reader: str
) -> None:
    with translation.override(writer):
        typed = date_format(day, "j F Y")
    with translation.override(reader):
        assert DayField().clean(typed) == day


@given(DAYS, st.sampled_from("/.- "), st.sampled_from(["%d{}%m{}%Y", "%m{}%d{}%Y", "%d{}%m{}%y"]))
def test_no_day_with_its_month_as_a_number_is_taken_in_another_order_than_isos(
    day: date, between: str, order: str
) -> None:
    refusal(day.strftime(order.replace("{}", between)))


def test_a_moment_has_such_a_day_too() -> None:
    moment = MomentField().clean(["3 novembre 2023", "07:30"])

    assert moment.replace(tzinfo=None) == datetime(2023, 11, 3, 7, 30)  # noqa: DTZ001
    assert moment.utcoffset() == timedelta(0)
    with pytest.raises(ValidationError):
        MomentField().clean(["03/11/2023", "07:30"])
