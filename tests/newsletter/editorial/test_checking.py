"""Checks that take a worker: asked for, made in pieces, trusted for a while."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import checking, findings, preflight
from newsletter.editorial.checking import Checker, check_here, checks_by
from newsletter.editorial.checks import TRUSTED_FOR, ask_for_check, check_of
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.pieces import Pieces
from newsletter.editorial.scheduling import schedule
from newsletter.errors import MendTheIssue, WaitForTheCheck
from newsletter.ledger.heartbeats import Heart
from newsletter.models import Issue, Mailing, Preflight, PreflightState, Reason, Segment
from newsletter.models.preflights import OPEN
from newsletter.queries import checks_need_a_worker
from newsletter.transports.base import Outcome
from newsletter.worker import drain
from subscribers.models import Publication, Suppression
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.parts import en
from tests.newsletter.workers import a_steady_worker, let_beats_age

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "FEW_INTERESTS", 0)


@pytest.fixture(autouse=True)
def _pieces_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SMALLEST_PIECE", 1)
    monkeypatch.setattr(checking, "LARGEST_PIECE", 1)
    monkeypatch.setattr(checking, "STORED_EVERY", 0)


@pytest.fixture
def issue(publication: Publication) -> Issue:
    """Five readers get it, in three editions; one more is suppressed."""
    for number, regions in enumerate((["ML-1"], ["ML-1", "ML-4"], ["ML-1", "SN"], ["SN"], ["SN"])):
        make_subscription(publication=publication, regions=regions, address=f"r{number}@a.example")
    make_subscription(publication=publication, regions=["ML-1"], address="bad@a.example")
    Suppression.objects.create(mailbox="bad@a.example", reason="bounced")
    return make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))


def asked(issue: Issue, **more: Any) -> Preflight:
    return ask_for_check(draft_of(issue), by=None, **more) or pytest.fail("It is not small.")


def outcome(check: Preflight) -> PreflightState:
    check.refresh_from_db()
    return PreflightState(check.state)


def test_scheduling_waits_for_a_check_of_this_draft(issue: Issue) -> None:
    with pytest.raises(WaitForTheCheck):
        schedule(issue, at=None, by=None)
    assert not Mailing.objects.exists()
    assert checks_need_a_worker()

    drain(FakeTransport())

    assert not checks_need_a_worker()
    assert schedule(issue, at=None, by=None).state == "scheduled"


def test_in_pieces_it_finds_what_is_found_at_once(issue: Issue) -> None:
    at_once = preflight.preflight(draft_of(issue))

    check_here(draft_of(issue))

    check = check_of(draft_of(issue))
    assert check.report.left_out == at_once.left_out == {Reason.SUPPRESSED: 1}
    assert check.report.readers == at_once.readers == 5
    assert {(e.key, e.readers) for e in check.report.editions} == {
        (e.key, e.readers) for e in at_once.editions
    }
    made = Preflight.objects.get()
    assert (made.state, made.readers, made.checked) == (PreflightState.PASSED, 5, made.interests)


def test_a_fault_in_one_edition_is_said_and_nothing_is_scheduled(issue: Issue) -> None:
    issue.sections.filter(title=en("Segou")).update(body=en("The toll was TK."))
    check_here(draft_of(issue))

    with pytest.raises(MendTheIssue, match="“TK” left in the text"):
        schedule(issue, at=None, by=None)

    report = check_of(draft_of(issue)).report
    assert [len(edition.faults) for edition in report.editions] == [1, 0, 0]
    assert Preflight.objects.get().state == PreflightState.FAILED


def test_what_no_audience_is_needed_to_see_is_said_without_a_check(
    publication: Publication, issue: Issue
) -> None:
    Publication.objects.update(channel="gone")
    for faulty in (make_issue(publication), Issue.objects.get(pk=issue.pk)):
        with pytest.raises(MendTheIssue):
            schedule(faulty, at=None, by=None)
        with pytest.raises(MendTheIssue):
            asked(faulty)

    assert not Preflight.objects.exists()


def test_whoever_asks_while_it_is_checked_gets_that_check(issue: Issue) -> None:
    first = asked(issue)
    Checker(Heart()).go_on()

    assert asked(issue) == first
    assert Preflight.objects.count() == 1


def test_the_check_of_a_segment_is_one_of_its_own(issue: Issue) -> None:
    segment = Segment.objects.create(publication=issue.publication, name="French", languages=["fr"])
    check_here(draft_of(issue))

    with pytest.raises(WaitForTheCheck):
        schedule(issue, at=None, by=None, segment=segment, even_to_nobody=True)
    drain(FakeTransport())

    assert check_of(draft_of(issue), segment).report.readers == 0
    assert check_of(draft_of(issue)).report.readers == 5
    mailing = schedule(issue, at=None, by=None, segment=segment, even_to_nobody=True)
    assert mailing.segment == segment


def test_the_check_of_a_draft_that_is_edited_meanwhile_ends(issue: Issue) -> None:
    before = asked(issue)
    worker = Checker(Heart())
    worker.go_on()
    worker.go_on()
    issue.sections.filter(title=en("Kayes")).update(body=en("Another text."))

    after = asked(issue)
    while worker.go_on():
        pass

    assert (outcome(before), outcome(after)) == (PreflightState.SUPERSEDED, PreflightState.PASSED)


def test_a_worker_finds_out_itself_that_the_draft_was_edited(issue: Issue) -> None:
    check = asked(issue)
    issue.sections.filter(title=en("Kayes")).update(body=en("Another text."))

    drain(FakeTransport())

    assert outcome(check) == PreflightState.SUPERSEDED
    assert check_of(draft_of(issue)).report.found is None


def test_another_worker_goes_on_where_one_died(issue: Issue) -> None:
    check = asked(issue)
    dying, next_one = Checker(Heart()), Checker(Heart())
    for _ in range(3):
        dying.go_on()
    assert not next_one.go_on()
    let_beats_age()
    a_steady_worker()

    begun = Preflight.objects.get().checked
    while next_one.go_on():
        pass

    assert 0 < begun < 4
    assert outcome(check) == PreflightState.PASSED
    assert (check.checked, check.losses) == (4, 1)
    assert check_of(draft_of(issue)).report.readers == 5


def test_what_a_long_check_needs_is_made_ready_once_a_process(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    class Counted(Pieces):
        def __init__(self, *about: Any) -> None:
            made.append(about)
            super().__init__(*about)

    monkeypatch.setattr(checking, "Pieces", Counted)
    check = asked(issue)

    while outcome(check) in OPEN:
        with checks_by(Heart()) as turn:
            turn.go_on()

    assert len(made) == 1
    assert check_of(draft_of(issue)).report.readers == 5


def test_a_worker_that_comes_back_late_writes_nothing(issue: Issue) -> None:
    check = asked(issue)
    slow, quick = Checker(Heart()), Checker(Heart())
    slow.go_on()
    let_beats_age()
    a_steady_worker()
    while quick.go_on():
        pass

    slow.go_on()
    slow.let_go()

    assert outcome(check) == PreflightState.PASSED
    assert check.found["readers"] == 5


def test_a_check_that_ends_its_workers_is_given_up(issue: Issue) -> None:
    check = asked(issue)
    a_steady_worker()
    for _ in range(checking.MOST_LOSSES + 1):
        Checker(Heart()).go_on()
        let_beats_age()
        a_steady_worker()

    assert outcome(check) == PreflightState.FAILED
    (said,) = check_of(draft_of(issue)).report.faults
    assert said.startswith("The check stopped with an error.")


def test_an_error_ends_the_check_and_not_the_worker(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = asked(issue)

    def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("newsletter.editorial.pieces.compose_for", fail)

    drain(FakeTransport())

    assert outcome(check) == PreflightState.FAILED


def test_a_check_is_trusted_for_a_while(issue: Issue) -> None:
    check_here(draft_of(issue))
    ended = timezone.now() - TRUSTED_FOR
    Preflight.objects.update(asked_at=ended, finished_at=ended)

    check = check_of(draft_of(issue))
    with pytest.raises(WaitForTheCheck):
        schedule(issue, at=None, by=None)

    assert check.is_known
    assert not check.is_trusted
    assert Preflight.objects.get().state == PreflightState.ASKED


def test_mail_leaves_ahead_of_a_check_that_can_wait(publication: Publication, issue: Issue) -> None:
    mailing = Mailing.objects.get(pk=_scheduled_by_check(issue).pk)
    freeze_due(1)
    other = make_issue(publication, ("Letter", []))
    alert = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert")
    waits, is_urgent = asked(other), asked(alert)
    seen: list[tuple[PreflightState, PreflightState]] = []

    def accept(_copy: object) -> Outcome:
        seen.append((outcome(waits), outcome(is_urgent)))
        return Outcome.ACCEPTED

    drain(FakeTransport(accept))

    assert {waiting for waiting, _urgent in seen} == {PreflightState.ASKED}
    assert seen[0][1] == PreflightState.RUNNING
    assert (outcome(waits), outcome(is_urgent)) == (PreflightState.PASSED,) * 2
    mailing.refresh_from_db()
    assert mailing.state == "finished"


def _scheduled_by_check(issue: Issue) -> Mailing:
    check_here(draft_of(issue))
    return schedule(issue, at=None, by=None)


def test_of_very_many_editions_those_with_most_readers_are_kept(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "KEPT", 2)
    issue.sections.filter(title=en("Segou")).update(body=en("The toll was TK."))

    check_here(draft_of(issue))

    report = check_of(draft_of(issue)).report
    assert report.found
    assert report.found.has_more
    assert [(bool(e.faults), e.readers) for e in report.editions] == [(True, 1), (False, 2)]
    assert report.readers == 5


def test_what_was_found_is_bounded_however_much_there_is() -> None:
    counts = findings.FindingCounts()
    for number in range(1000):
        kind = findings.FindingKind.UNWRITABLE
        counts.add(findings.Finding(kind, {"words": f"Wrong {number % 500}"}))
        leak = {"edition": f"{number}", "leaked": [1], "missing": [], "mixed": False}
        counts.add(findings.Finding(findings.FindingKind.LEAK, leak))

    assert len(counts.plain) == findings.TOLD
    assert {f.kind: n for f, n in counts.items()}[findings.FindingKind.LEAK] == 1000


def test_who_asked_is_kept(issue: Issue, admin_user: User) -> None:
    assert ask_for_check(draft_of(issue), by=admin_user)

    assert Preflight.objects.get().asked_by == admin_user
