"""What would go out now, before anybody decides that it does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from newsletter.audience.assigning import public_id_of
from newsletter.audience.freezing import freeze_due
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.findings import CheckedEdition
from newsletter.editorial.preflight import preflight
from newsletter.editorial.scheduling import schedule
from newsletter.errors import MendTheIssue
from newsletter.models import DeliveryState, Mailing, Reason, Section
from subscribers.models import InterestSet, Publication, Suppression
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers(publication: Publication) -> Publication:
    """Ten, and of each kind that is left out one."""
    for number, regions in enumerate([["ML-1"]] * 4 + [["ML-1", "ML-4"]] * 2 + [["SN"]] * 4):
        make_subscription(publication=publication, regions=regions, address=f"r{number}@a.example")
    make_subscription(publication=publication, address="new@a.example", status="pending")
    make_subscription(publication=publication, address="gone@a.example", status="ended")
    make_subscription(publication=publication, address="bad@a.example")
    Suppression.objects.create(mailbox="bad@a.example", reason="bounced")
    return publication


def chosen_by_readers_of(edition: CheckedEdition) -> list[str]:
    return sorted(InterestSet.objects.get(pk=edition.example.interest_set_id).levels)


def test_editions_stand_with_their_readers_and_the_largest_first(readers: Publication) -> None:
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))

    sheet = preflight(draft_of(issue))

    assert sorted((chosen_by_readers_of(e), e.readers) for e in sheet.editions) == [
        (["ML-1"], 4),
        (["ML-1", "ML-4"], 2),
        (["SN"], 4),
    ]
    assert [e.readers for e in sheet.editions] == [4, 4, 2]
    assert not any(edition.faults for edition in sheet.editions)


@pytest.mark.parametrize("mail_when_nothing", [True, False])
def test_the_numbers_are_those_that_a_freeze_finds(
    readers: Publication, mail_when_nothing: bool
) -> None:
    readers.mail_when_nothing = mail_when_nothing
    readers.save()
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))
    make_subscription(publication=readers, regions=["ML-4"], address="early@a.example")
    first = schedule(issue, at=None, by=None)
    freeze_due(50)
    first.deliveries.filter(mailbox="early@a.example").update(state=DeliveryState.ACCEPTED)
    Mailing.objects.filter(pk=first.pk).update(state="cancelled")

    sheet = preflight(draft_of(issue))
    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)

    deliveries = mailing.deliveries.all()
    planned = Counter(d.edition.key for d in deliveries.select_related("edition") if d.edition)
    left_out = Counter(deliveries.exclude(reason="").values_list("reason", flat=True))
    assert {public_id_of(mailing, e.key): e.readers for e in sheet.editions} == planned
    # Who left ahead of the first mailing is not written down by the second.
    mailing.refresh_from_db()
    assert dict(sheet.left_out) == left_out | mailing.passed_over
    assert sheet.audience == deliveries.count() + sum(mailing.passed_over.values()) == 14
    assert (Reason.NO_MATCHING_CONTENT in sheet.left_out) != mail_when_nothing


def test_the_number_of_queries_does_not_grow_with_the_audience(
    readers: Publication, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]))
    with django_assert_max_num_queries(25) as few:
        assert preflight(draft_of(issue)).readers == 10

    for number in range(30):
        make_subscription(publication=readers, address=f"more{number}@a.example")

    with django_assert_num_queries(len(few)):
        assert preflight(draft_of(issue)).readers == 40


def test_an_issue_with_a_fault_is_not_scheduled(readers: Publication) -> None:
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]))
    Section.objects.filter(title=en("Kayes")).update(body=en("The toll was TK."))

    with pytest.raises(MendTheIssue, match="“TK” left in the text"):
        schedule(issue, at=None, by=None)
    assert not Mailing.objects.exists()


def test_a_doubt_does_not_stand_against_scheduling(readers: Publication) -> None:
    issue = make_issue(readers, ("Letter", []), subject="x" * 100)

    assert preflight(draft_of(issue)).common_doubts
    assert schedule(issue, at=None, by=None)


def test_a_doubt_about_one_edition_is_not_told_of_all(readers: Publication) -> None:
    Publication.objects.update(languages=["en"])
    readers.refresh_from_db()
    issue = make_issue(readers, ("Letter", []), ("Kayes", ["ML-1"]))
    issue.sections.filter(title=en("Kayes")).update(body=en("Été. " * 5_400))

    sheet = preflight(draft_of(issue))

    assert sheet.common_doubts == []
    assert Counter(len(edition.doubts) for edition in sheet.editions) == {1: 1, 0: 1}
