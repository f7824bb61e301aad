from __future__ import annotations

from newsletter.editions.past import Course, Past, PastIssue, courses
from tests.newsletter.editions.content import TREE, assessment, issue

JUNE = issue(title="June", assessed=["ML-1", assessment("ML-6", "decreased")])
JULY = issue(title="July", assessed=[assessment("ML-1", "decreased")])
AUGUST = issue(title="August", assessed=["ML-4", assessment("ML-1", "not_assessed")])
PAST = Past([PastIssue(11, 1, JUNE), PastIssue(12, 2, JULY), PastIssue(13, 3, AUGUST)])


def test_it_begins_with_the_issue_last_sent_and_holds_those_after_it() -> None:
    assert PAST.since(12) == (JULY, AUGUST)
    assert PAST.since(13) == (AUGUST,)


def test_a_version_that_is_not_remembered_leads_nowhere() -> None:
    assert PAST.since(99) == ()
    assert PAST.since(None) == ()


def test_an_issue_that_went_out_in_two_versions_was_missed_once_in_the_last_one() -> None:
    mended = issue(title="July, mended")
    past = Past([PastIssue(11, 1, JUNE), PastIssue(12, 2, JULY), PastIssue(14, 2, mended)])

    assert past.since(11) == (JUNE, mended)
    assert past.since(12) == (JULY,)


def test_the_newest_is_what_was_sent_last() -> None:
    assert PAST.newest == 13
    assert Past().newest is None


def test_a_course_has_a_trend_for_each_issue() -> None:
    found = courses((JUNE, JULY, AUGUST), ("ML-1",), TREE)

    assert found == (Course("ML-1", ("increased", "decreased", "not_assessed")),)


def test_regions_of_the_last_issue_come_first_and_those_it_dropped_after_them() -> None:
    found = courses((JUNE, AUGUST), ("ML",), TREE)

    assert [course.region for course in found] == ["ML-4", "ML-1", "ML-6"]
    assert found[2].trends == ("decreased", "not_assessed")


def test_only_regions_of_the_reader_have_a_course() -> None:
    assert courses((JUNE, AUGUST), ("SN",), TREE) == ()


def test_a_region_that_nobody_judged_has_none() -> None:
    silent = issue(assessed=[assessment("ML-1", "not_assessed")])

    assert courses((silent, silent), ("ML-1",), TREE) == ()
