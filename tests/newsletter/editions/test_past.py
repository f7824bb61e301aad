from __future__ import annotations

import pytest

from newsletter.editions.content import IssueContent
from newsletter.editions.past import (
    Histories,
    PastIssue,
    Track,
    TrendHistory,
    history_of_all,
    tracks_of,
)
from newsletter.editions.selection import Selection, select
from tests.newsletter.editions.content import TREE, assessment, issue

NOW = issue(assessed=["ML-1", "ML-4", "ML-6", assessment("SN", "not_assessed")])
JUNE = PastIssue(11, 21, 1, issue(title="June", assessed=["ML-1", "ML-4", "SN"]))
SPECIAL = PastIssue(12, 22, 2, issue(title="A special issue without trends"))
JULY = PastIssue(13, 23, 3, issue(title="July", assessed=[assessment("ML-1", "decreased"), "ML-4"]))
ALERT = PastIssue(
    14, 24, 4, issue(assessed=[assessment("ML-1", "unchanged"), assessment("ML-4", "not_assessed")])
)
PAST = (JUNE, SPECIAL, JULY, ALERT)
KAYES = Track(("ML-1",), (JUNE, JULY, ALERT))
SEGOU = Track(("ML-4",), (JUNE, JULY))


def of_readers(*chosen: str) -> Selection:
    return select(NOW, chosen, TREE)


def test_regions_that_the_same_issues_judged_are_on_one_track() -> None:
    assert tracks_of(NOW, (JUNE, SPECIAL, JULY)) == (Track(("ML-1", "ML-4"), (JUNE, JULY)),)


def test_an_issue_is_on_the_tracks_of_the_regions_that_it_judged() -> None:
    assert tracks_of(NOW, PAST) == (KAYES, SEGOU)


@pytest.mark.parametrize("now", [issue(), issue(assessed=[assessment("ML-1", "not_assessed")])])
def test_an_issue_that_judges_nothing_compares_nothing(now: IssueContent) -> None:
    assert tracks_of(now, PAST) == ()


def test_each_region_is_compared_with_the_last_issue_that_judged_it() -> None:
    found = Histories((KAYES, SEGOU)).of("3,2", of_readers("ML"))

    assert found == (TrendHistory("ML-1", (ALERT,)), TrendHistory("ML-4", (JULY,)))


def test_issues_that_judged_it_and_did_not_reach_the_reader_come_after_it() -> None:
    found = Histories((KAYES, SEGOU)).of("1,1", of_readers("ML-1"))

    assert found == (TrendHistory("ML-1", (JUNE, JULY, ALERT)),)
    assert found[0].trends == ("increased", "decreased", "unchanged")


def test_a_region_of_which_a_reader_was_never_told_is_not_compared() -> None:
    found = Histories((KAYES, SEGOU)).of("0,2", of_readers("ML"))

    assert [history.region for history in found] == ["ML-4"]


def test_only_regions_of_the_reader_are_compared() -> None:
    assert Histories((KAYES, SEGOU)).of("3,2", of_readers("SN")) == ()


@pytest.mark.parametrize("strange", ["", "x", "4", "-1", "1.0", "²", ",", "9" * 9])
def test_a_history_that_fits_no_track_tells_of_nothing(strange: str) -> None:
    assert Histories((KAYES,)).of(strange, of_readers("ML-1")) == ()


def test_an_issue_that_went_out_in_two_versions_counts_once_as_it_was_last() -> None:
    mended = PastIssue(15, 25, 3, issue(title="July, mended", assessed=["ML-1"]))
    (track,) = tracks_of(issue(assessed=["ML-1"]), (JUNE, JULY, mended))

    (since_june,) = Histories((track,)).of("1", of_readers("ML-1"))
    (since_july,) = Histories((track,)).of("2", of_readers("ML-1"))

    assert since_june.issues == (JUNE, mended)
    assert since_july.issues == (JULY,)


def test_who_was_sent_everything_stands_at_the_end_of_every_track() -> None:
    assert history_of_all((KAYES, SEGOU)) == "3,2"
    assert history_of_all(()) == ""
