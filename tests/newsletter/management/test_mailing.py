"""Mailings in the hands of an operator without a browser."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.scheduling import schedule
from newsletter.management.commands import mailing as command
from newsletter.models import Mailing, MailingState
from newsletter.tasks import drain
from subscribers.models import Publication
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication() -> Publication:
    load_regions()
    return make_publication(time_zone="Africa/Bamako")


@pytest.fixture
def mailing(publication: Publication) -> Mailing:
    """One that is being sent."""
    make_subscription(publication=publication, regions=["ML-1"])
    made = schedule(make_issue(publication, ("Letter", []), title="September"), at=None, by=None)
    freeze_due(50)
    return made


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("mailing", *map(str, arguments), stdout=out)
    return out.getvalue()


def state_of(mailing: Mailing) -> str:
    mailing.refresh_from_db()
    return mailing.state


def test_mailings_are_listed_with_their_ids_and_how_far_they_are(mailing: Mailing) -> None:
    text = said("list")

    assert str(mailing.pk) in text
    assert "sending" in text
    assert "0 of 1" in text
    assert "September" in text


def test_a_schedule_is_listed_in_the_time_of_its_publication(publication: Publication) -> None:
    at = datetime(timezone.now().year + 1, 9, 7, 6, 30, tzinfo=UTC)
    schedule(make_issue(publication, ("Letter", [])), at=at, by=None, even_to_nobody=True)

    assert f"{at.year}-09-07 06:30 Bamako" in said("list")


def test_what_is_over_is_listed_only_when_asked_for(mailing: Mailing) -> None:
    said("cancel", mailing.pk)

    assert said("list") == "No mailing is on its way.\n"
    assert "cancelled" in said("list", "--all")


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ([], "pause", MailingState.PAUSED),
        (["pause"], "resume", MailingState.SENDING),
        ([], "cancel", MailingState.CANCELLED),
        (["pause"], "cancel", MailingState.CANCELLED),
    ],
)
def test_an_operator_does_what_the_desk_does(
    mailing: Mailing, before: list[str], action: str, after: MailingState
) -> None:
    for step in before:
        said(step, mailing.pk)

    text = said(action, mailing.pk)

    assert state_of(mailing) == after
    assert after in text


def test_workers_hear_of_it_at_once(
    mailing: Mailing,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[object] = []
    monkeypatch.setattr(command, "ring", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        said("cancel", mailing.pk)

    assert rung == [drain]


def test_what_cannot_be_done_is_refused_with_the_reason(mailing: Mailing) -> None:
    with pytest.raises(CommandError, match=r"Not done\. This mailing is now “being sent”"):
        said("resume", mailing.pk)


def test_an_unknown_id_is_answered_with_where_to_look(db: None) -> None:
    with pytest.raises(CommandError, match=r"There is no mailing 77\. `manage.py mailing list`"):
        said("pause", 77)
