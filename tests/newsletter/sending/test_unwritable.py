"""What no mail can be written of stops a mailing with its reason, and is no reader's fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.errors import MendTheIssue
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import DeliveryState, Mailing, MailingState
from newsletter.transports import configured
from newsletter.worker import drain
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.factories import make_issue, restate
from tests.newsletter.transports.test_dkim import key

pytestmark = pytest.mark.django_db

#: No link that begins with it can stand in a header.
NO_SITE = "https://dépêche.example"


def frozen(publication: Publication) -> Mailing:
    for name in ("awa", "bakary"):
        make_subscription(publication=publication, regions=["ML-1"], address=f"{name}@a.example")
    mailing = scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    assert freeze_due(50)
    return mailing


@pytest.mark.parametrize("transport", ["outbox", "smtp", "mailgun", "postmark"])
def test_a_mailing_that_cannot_be_written_is_paused_whatever_carries_it(
    publication: Publication, settings: Settings, tmp_path: Path, transport: str
) -> None:
    mailing = frozen(publication)
    restate(mailing.editions.get(), subject="two\nlines")
    settings.MAIL_TRANSPORT = transport
    settings.ANYMAIL = {"MAILGUN_API_KEY": "k", "POSTMARK_SERVER_TOKEN": "t"}
    settings.OUTBOX_DIR = tmp_path / "outbox"

    drain(configured())

    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert "more than one line" in trouble_in_words(mailing)
    assert set(mailing.deliveries.values_list("state", flat=True)) == {DeliveryState.PLANNED}
    assert not settings.OUTBOX_DIR.exists()


def test_once_it_is_mended_everyone_gets_it(
    publication: Publication, settings: Settings, tmp_path: Path
) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    mailing = frozen(publication)
    restate(mailing.editions.get(), subject="two\nlines")
    drain(configured())
    mailing.refresh_from_db()

    restate(mailing.editions.get(), subject="one line")
    scheduling.resume(mailing)
    mailing.batches.filter(state="pending").update(due_at=mailing.scheduled_at)
    drain(configured())

    assert set(mailing.deliveries.values_list("state", flat=True)) == {DeliveryState.ACCEPTED}


def test_a_sender_that_the_signature_does_not_go_with_is_told_when_it_is_scheduled(
    publication: Publication, settings: Settings
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    settings.MAIL_TRANSPORT = "smtp"
    settings.DKIM_KEYS = [(key(), "s1", "elsewhere.example")]

    with pytest.raises(MendTheIssue, match="no DKIM key goes with"):
        scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)


def test_what_would_stop_it_at_its_hour_is_said_when_it_is_scheduled(
    publication: Publication, settings: Settings
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    settings.SITE_URL = NO_SITE

    with pytest.raises(MendTheIssue, match="No email can be written"):
        scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    assert not Mailing.objects.exists()
