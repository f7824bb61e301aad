from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.editorial import scheduling
from newsletter.editorial.scheduling import schedule
from newsletter.errors import AskWhetherToNobody, ChooseAnotherTime, LookAgain, MendTheIssue
from newsletter.models import Mailing, MailingState, Version
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.parts import en

pytestmark = pytest.mark.django_db


def test_a_time_that_has_passed_is_refused_and_nothing_is_stored(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))

    with pytest.raises(ChooseAnotherTime, match="has passed"):
        schedule(issue, at=timezone.now() - timedelta(minutes=1), by=None)

    assert not Version.objects.exists()


def test_an_issue_without_sections_is_refused(publication: Publication) -> None:
    with pytest.raises(MendTheIssue, match="no sections"):
        schedule(make_issue(publication), at=None, by=None)


def test_a_section_of_blanks_is_refused_by_its_name(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))
    issue.sections.update(body=en("  \n "))

    with pytest.raises(MendTheIssue, match="“Letter” has no text"):
        schedule(issue, at=None, by=None)


def test_two_clicks_make_one_mailing(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None, even_to_nobody=True)

    with pytest.raises(LookAgain, match="on its way"):
        schedule(issue, at=None, by=None, even_to_nobody=True)

    assert Mailing.objects.count() == 1


def test_an_unchanged_issue_keeps_its_version(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))
    scheduling.cancel(schedule(issue, at=None, by=None, even_to_nobody=True))
    schedule(issue, at=None, by=None, even_to_nobody=True)

    assert Version.objects.count() == 1


def test_what_is_edited_after_scheduling_is_another_version(publication: Publication) -> None:
    issue = make_issue(publication, ("Letter", []))
    first = schedule(issue, at=None, by=None, even_to_nobody=True)
    issue.sections.update(body=en("Changed."))
    scheduling.cancel(first)

    second = schedule(issue, at=None, by=None, even_to_nobody=True)

    assert second.version.number == 2
    assert first.version.content["sections"][0]["body"] == [["en", "Text of Letter."]]


def test_the_version_names_every_region_it_speaks_of(publication: Publication) -> None:
    issue = make_issue(publication, ("Kayes", ["ML-1"]))
    assess(issue, "ML-6")

    version = schedule(issue, at=None, by=None, even_to_nobody=True).version

    assert version.content["regions"]["ML-6"]["names"]["en"] == "Timbuktu"
    assert version.content["regions"]["ML-1"]["country"] == "ML"


def test_only_what_is_being_sent_can_be_paused(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )

    with pytest.raises(LookAgain):
        scheduling.pause(mailing)


def test_resuming_does_not_start_what_is_waiting_for_its_time(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )

    with pytest.raises(LookAgain):
        scheduling.resume(mailing)

    assert mailing.state == MailingState.SCHEDULED


def test_a_cancelled_mailing_stays_cancelled(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    scheduling.cancel(mailing)

    with pytest.raises(LookAgain):
        scheduling.cancel(mailing)


def test_an_issue_that_all_readers_have_is_not_sent_to_nobody_by_mistake(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None)
    drain(FakeTransport())
    issue.sections.update(body=en("Another figure: 12."))

    with pytest.raises(AskWhetherToNobody):
        schedule(issue, at=None, by=None)

    assert schedule(issue, at=None, by=None, even_to_nobody=True)
