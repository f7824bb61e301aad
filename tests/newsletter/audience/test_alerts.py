"""An alert goes at once to those whom it concerns, at a level that takes it, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.audience.verdicts import Verdict
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import look_at_one, preflight
from newsletter.editorial.scheduling import schedule
from newsletter.errors import MendTheIssue
from newsletter.models import Batch, Delivery, Issue, IssueKind, Mailing, Reason
from newsletter.queries import counts_of
from newsletter.sending.outgoing import outgoing_batch
from newsletter.worker import drain
from subscribers.models import Level, Publication
from tests.factories import make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.newsletter.fakes import FakeTransport, whole_edition
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db

#: Readers and what they chose; the alert is on Kayes.
READERS = {
    "all": {"ML-1": Level.ALL},
    "alerts": {"ML-1": Level.ALERTS, "ML-4": Level.ISSUES},
    "country": {"ML": Level.ALERTS},
    "issues": {"ML-1": Level.ISSUES},
    "elsewhere": {"ML-4": Level.ALL},
    "mixed": {"ML-1": Level.ISSUES, "ML-4": Level.ALERTS},
}
CONCERNED = {"all", "alerts", "country"}


@pytest.fixture
def alert(publication: Publication) -> Issue:
    """On Kayes, with a word to everyone."""
    for name, regions in READERS.items():
        make_subscription(publication=publication, regions=regions, address=f"{name}@a.example")
    return make_issue(publication, ("Kayes", ["ML-1"]), ("Letter", []), kind=IssueKind.ALERT)


def names(addresses: list[str]) -> set[str]:
    return {address.partition("@")[0] for address in addresses}


def sent() -> set[str]:
    transport = FakeTransport()
    while drain(transport):
        pass
    return names(transport.addresses)


def test_it_reaches_those_whom_it_concerns_and_the_others_are_counted(alert: Issue) -> None:
    mailing = schedule(alert, at=None, by=None)

    assert sent() == CONCERNED
    mailing.refresh_from_db()
    counts = counts_of(mailing)
    assert (counts.total, sum(mailing.passed_over.values())) == (
        len(CONCERNED),
        len(READERS) - len(CONCERNED),
    )
    assert counts.balanced


def test_the_others_are_counted_also_where_its_leak_check_stops_it(
    alert: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Verdict, "passed", False)
    mailing = schedule(alert, at=None, by=None)

    assert sent() == set()
    mailing.refresh_from_db()
    assert mailing.audience_size == len(CONCERNED)
    assert sum(mailing.passed_over.values()) == len(READERS) - len(CONCERNED)


def test_before_it_goes_out_everybody_is_accounted_for(alert: Issue) -> None:
    report = preflight(draft_of(alert))

    assert report.readers == len(CONCERNED)
    assert report.left_out == {Reason.OTHER_KIND: 1, Reason.NO_MATCHING_CONTENT: 2}
    assert report.audience == len(READERS)


def test_a_regular_issue_leaves_out_who_wants_alerts_alone(alert: Issue) -> None:
    Issue.objects.update(kind=IssueKind.REGULAR)
    alert.refresh_from_db()

    schedule(alert, at=None, by=None)

    assert sent() == set(READERS) - {"country"}
    left_out = Delivery.objects.get(mailbox="country@a.example")
    assert left_out.reason == Reason.OTHER_KIND


def test_a_reader_of_alerts_gets_no_part_on_a_region_of_which_they_want_issues(
    publication: Publication,
) -> None:
    chosen = {"ML-1": Level.ALERTS, "ML-4": Level.ISSUES}
    make_subscription(publication=publication, regions=chosen, address="a@a.example")
    issue = make_issue(publication, ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]), kind="alert")

    schedule(issue, at=None, by=None)
    transport = FakeTransport()
    drain(transport)

    (outgoing,) = transport.batches
    assert "Text of Kayes." in whole_edition(outgoing).text
    assert "Text of Segou." not in whole_edition(outgoing).text


def test_it_waits_for_no_trend_to_change_and_goes_to_nobody_who_paused(
    publication: Publication,
) -> None:
    tomorrow = publication.today + timedelta(days=1)
    make_subscription(publication=publication, address="steady@a.example", only_on_change=True)
    make_subscription(publication=publication, address="away@a.example", paused_until=tomorrow)
    issue = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert")

    schedule(issue, at=None, by=None)

    assert sent() == {"steady"}
    assert Delivery.objects.get(mailbox="away@a.example").reason == Reason.PAUSED


def test_one_that_is_about_no_region_is_refused(publication: Publication) -> None:
    make_subscription(publication=publication)

    with pytest.raises(MendTheIssue, match="about no region"):
        schedule(make_issue(publication, ("Letter", []), kind="alert"), at=None, by=None)


def test_the_next_issue_compares_with_the_alert_that_judged_the_region(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, address="a@a.example")
    alert = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert", title="An alert")
    assess(alert, "ML-1", trend="increased")
    schedule(alert, at=None, by=None)
    sent()
    issue = make_issue(publication, ("Letter", []))
    assess(issue, "ML-1", trend="decreased")

    draft = draft_of(issue)
    (edition,) = preflight(draft).editions

    _checked, composed = look_at_one(draft, edition.example) or pytest.fail("There is one.")
    assert "“An alert”" in composed.text


@pytest.mark.parametrize(
    ("language", "prefix"),
    [("en", "Alert: "), ("fr", "Alerte : "), ("ar", "تنبيه: ")],
)
def test_it_says_that_it_is_one(publication: Publication, language: str, prefix: str) -> None:
    publication.languages = ["en", "fr", "ar"]
    publication.save()
    make_subscription(publication=publication, language=language, address="a@a.example")
    issue = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert", subject="On Kita")
    schedule(issue, at=None, by=None)
    freeze_due(50)

    outgoing = outgoing_batch(Batch.objects.get())

    assert whole_edition(outgoing).subject == f"{prefix}On Kita"
    assert prefix.rstrip(": ") in whole_edition(outgoing).text


class TestOvertaking:
    @pytest.fixture
    def regular(self, publication: Publication) -> Mailing:
        """On its way in batches of one, to readers who want alerts too."""
        for number in range(4):
            make_subscription(publication=publication, address=f"r{number}@a.example")
        mailing = schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
        freeze_due(1)
        return mailing

    def test_an_alert_is_claimed_before_what_was_due_earlier(self, regular: Mailing) -> None:
        publication = regular.issue.publication
        alert = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert")
        mailing = schedule(alert, at=None, by=None)
        freeze_due(1)

        claimed = [claim() for _ in range(5)]

        assert [batch.mailing_id for batch in claimed if batch] == [mailing.pk] * 4 + [regular.pk]

    def test_one_that_comes_up_in_the_middle_of_a_turn_does_not_wait_for_its_end(
        self, regular: Mailing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("newsletter.worker.LOOK_AGAIN", 0.0)
        publication = regular.issue.publication
        issue = make_issue(publication, ("Kayes", ["ML-1"]), kind="alert", subject="Now")

        class Interrupted(FakeTransport):
            def hand_over(self, outgoing, *, until):  # type: ignore[no-untyped-def]
                if not self.batches:
                    schedule(issue, at=None, by=None)
                yield from super().hand_over(outgoing, until=until)

        transport = Interrupted()
        drain(transport)

        subjects = [whole_edition(batch).subject for batch in transport.batches]
        assert subjects[1] == "Alert: Now"

    def test_undo_time_is_its_own(self, publication: Publication) -> None:
        publication.undo_seconds, publication.alert_undo_seconds = 600, 0
        publication.save()
        make_subscription(publication=publication)
        for kind in IssueKind:
            schedule(make_issue(publication, ("Kayes", ["ML-1"]), kind=kind), at=None, by=None)

        freeze_due(50)

        begun = Mailing.objects.filter(frozen_at__lte=timezone.now())
        assert [mailing.issue.kind for mailing in begun] == [IssueKind.ALERT]
