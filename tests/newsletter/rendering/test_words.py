from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering import words
from subscribers.days import day
from subscribers.listing import listed

AUG_8, AUG_11, AUG_12 = date(2023, 8, 8), date(2023, 8, 11), date(2023, 8, 12)
SEP_2 = date(2023, 9, 2)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("start", "end", "precision", "said"),
    [
        (date(2023, 9, 7), None, "day", "7 September 2023"),
        (AUG_11, AUG_11, "day", "11 August 2023"),
        (AUG_11, AUG_12, "day", "11–12 August 2023"),
        (AUG_11, SEP_2, "day", "11 August – 2 September 2023"),
        (date(2022, 12, 30), AUG_8, "day", "30 December 2022 – 8 August 2023"),
        (date(2023, 9, 1), None, "month", "in September 2023"),
        (AUG_8, AUG_12, "month", "in August 2023"),
        (AUG_8, SEP_2, "month", "between August 2023 and September 2023"),
        (AUG_8, None, "start", "since 8 August 2023"),
        (AUG_8, AUG_12, "start", "8–12 August 2023"),
        (None, date(2023, 10, 5), "before", "before 5 October 2023"),
        (AUG_8, SEP_2, "before", "between 8 August 2023 and 2 September 2023"),
    ],
)
def test_a_date_is_said_as_precisely_as_it_is_known(
    start: date | None, end: date | None, precision: str, said: str
) -> None:
    assert words.period(start, end, precision) == said


@pytest.mark.parametrize(("start", "precision"), [(None, "before"), (None, "day"), (AUG_8, "soon")])
def test_an_incident_without_a_usable_date_is_refused(start: date | None, precision: str) -> None:
    with pytest.raises(ValueError, match=r"date|DatePrecision"):
        words.period(start, None, precision)


def test_dates_are_said_in_the_active_language() -> None:
    with translation.override("fr"):
        assert day(AUG_8) == "8 août 2023"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (49, 154, "49 to 154 killed"),
        (15, None, "at least 15 killed"),
        (1, 1, "1 killed"),
        (1200, 1540, "1,200 to 1,540 killed"),
        (0, 5, "up to 5 killed"),
        (None, 5, "up to 5 killed"),
        (0, 0, "nobody killed"),
        (0, None, ""),
        (None, None, ""),
    ],
)
def test_a_toll_is_said_as_a_range(low: int | None, high: int | None, said: str) -> None:
    assert words.killed(low, high) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("increased", "↑\u00a0increased"),
        ("decreased", "↓\u00a0decreased"),
        ("unchanged", "=\u00a0unchanged"),
        ("not_assessed", "–\u00a0not assessed"),
    ],
)
def test_a_trend_is_an_arrow_and_a_word(value: str, said: str) -> None:
    assert words.trend(value) == said


def test_an_unknown_trend_is_refused() -> None:
    with pytest.raises(KeyError, match="sideways"):
        words.trend("sideways")


def test_trends_make_one_sentence_with_the_worst_first() -> None:
    trends = [("Kayes", "decreased"), ("Segou", "increased"), ("Gao", "increased")]

    assert words.trends(trends) == "Up in Segou and Gao, down in Kayes."


def test_no_trends_make_no_sentence() -> None:
    assert words.trends([]) == ""


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (37, 31, "Attacks: 37 (31 before, +19%)"),
        (10, 40, "Attacks: 10 (40 before, −75%)"),
        (31, 31, "Attacks: 31 (31 before)"),
        (9, 40, "Attacks: 9 (40 before)"),
        (40, 9, "Attacks: 40 (9 before)"),
        (0, 2, "Attacks: 0 (2 before)"),
        (7, None, "Attacks: 7 (new: not counted before)"),
        (None, None, ""),
    ],
)
def test_a_count_says_what_it_counts_and_what_it_was(
    now: int, before: int | None, said: str
) -> None:
    assert words.count(now, before, "attacks") == said


@pytest.mark.parametrize(
    ("by", "against", "said"),
    [
        ("JNIM", "Civilians", "Rocket attack by JNIM against civilians"),
        ("JNIM", "", "Rocket attack by JNIM"),
        ("", "Civilians", "Rocket attack against civilians"),
        ("", "", "Rocket attack"),
    ],
)
def test_a_deed_names_the_actors_that_are_known(by: str, against: str, said: str) -> None:
    assert words.deed("rocket attack", by, against) == said


def test_in_arabic_actors_stand_apart_as_no_word_before_them_may_change_their_form() -> None:
    with translation.override("ar"):
        said = words.deed("سطو مسلح", "مسلحون", "سائقو شاحنات")

    assert said == "سطو مسلح (الفاعل: مسلحون، الهدف: سائقو شاحنات)"


def test_names_are_listed_as_one_says_them() -> None:
    assert listed(("Kayes", "Segou", "Senegal")) == "Kayes, Segou and Senegal"


NAMES = ("Kayes", "Koulikoro", "Segou", "Sikasso", "Taoudenni", "Timbuktu")


def test_a_subject_names_the_regions_with_their_arrows() -> None:
    said = words.subject([("Kayes", "decreased"), ("Segou", "increased")], SEP_2)

    assert said == "Kayes ↓, Segou ↑ — September 2023"


def test_what_does_not_fit_into_a_subject_is_counted() -> None:
    said = words.subject([(name, "increased") for name in NAMES], SEP_2)

    assert said == "Kayes ↑, Koulikoro ↑, Segou ↑, Sikasso ↑ and 2 more — September 2023"


def test_where_no_name_fits_the_subject_counts_the_regions() -> None:
    assert words.subject([("K" * 90, "increased")], SEP_2) == "1 region — September 2023"


@given(st.lists(st.text(max_size=120), min_size=1, max_size=40), st.sampled_from(("en", "fr")))
def test_a_subject_is_never_too_long(names: list[str], language: str) -> None:
    with translation.override(language):
        said = words.subject([(name, "unchanged") for name in names], SEP_2)

    assert len(said) <= words.LONGEST_SUBJECT


def test_a_course_may_go_without_dates() -> None:
    said = words.course([("decreased", "August 2023"), ("increased", "")], dated=False)

    assert said.replace("\u00a0", " ") == "↓ decreased, now ↑ increased"


def test_a_dated_course_says_when_each_trend_was() -> None:
    said = words.course(
        [("increased", "June 2023"), ("not_assessed", "July 2023"), ("decreased", "")], dated=True
    )

    assert said.replace("\u00a0", " ") == (
        "↑ increased (June 2023), – not assessed (July 2023), now ↓ decreased"
    )


def test_issues_are_told_apart_by_month_or_by_day() -> None:
    assert words.months_or_days([AUG_8, SEP_2]) == ["August 2023", "September 2023"]
    assert words.months_or_days([AUG_8, AUG_11]) == ["8 August 2023", "11 August 2023"]


def test_a_subject_says_in_a_word_what_did_not_change() -> None:
    said = words.subject([("Sikasso", "unchanged")], SEP_2)

    assert said == "Sikasso unchanged — September 2023"


@pytest.mark.parametrize(
    ("by", "against", "said"),
    [
        ("unknown", "Civilians", "Rocket attack against civilians, attacker unknown"),
        ("des inconnus", "", "Rocket attack, attacker unknown"),
    ],
)
def test_a_deed_says_when_nobody_knows_who_did_it(by: str, against: str, said: str) -> None:
    assert words.deed("rocket attack", by, against) == said


def test_places_are_said_as_a_list() -> None:
    assert words.places("Bamba; Lere;Dioura; ") == "Bamba, Lere and Dioura"
