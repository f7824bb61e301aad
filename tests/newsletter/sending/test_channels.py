"""Several ways out: what belongs to one never leaves by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from newsletter.editorial import scheduling
from newsletter.errors import MendTheIssue
from newsletter.ledger.wording import trouble_in_words
from newsletter.models import Batch, DeliveryState, Lane, Mailing, MailingState, Trouble
from newsletter.sending.deadlines import LIFETIME, LIFETIME_IN_PARTS, lifetime
from newsletter.sending.repeating import repeatable
from newsletter.sending.resending import resend_unknown
from newsletter.transports import configured
from newsletter.transports.base import Outcome
from newsletter.transports.outbox import configured_outbox
from newsletter.worker import drain
from subscribers.channels import MAIN, Channel, NoSuchChannel
from subscribers.models import Notice, NoticeReason, Publication
from subscribers.services import notifying
from tests.channels import ByChannel
from tests.factories import make_notice, make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.transports.relay import Relay, relays
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _channels(settings: Settings) -> None:
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "smtp")}


@pytest.fixture
def alerts(publication: Publication) -> Publication:
    """One that has the channel `alerts`; `publication` has the one that all have."""
    return make_publication(name="Alerts", channel="alerts", list_id="alerts.example.org")


def sent_to(publication: Publication, *addresses: str) -> Mailing:
    for address in addresses:
        make_subscription(publication=publication, regions=["ML-1"], address=address)
    return scheduling.schedule(make_issue(publication, ("Letter", [])), at=None, by=None)


def states(mailing: Mailing) -> set[str]:
    return set(mailing.deliveries.values_list("state", flat=True))


@pytest.fixture
def relay(settings: Settings) -> Iterator[Relay]:
    with relays(settings) as start:
        relay = start()
        host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
        settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "smtp", host=host, port=port)}
        settings.EMAIL_PORT = 1
        yield relay


def test_the_mail_of_each_publication_leaves_by_its_own_channel(
    publication: Publication, alerts: Publication, settings: Settings, tmp_path: Path, relay: Relay
) -> None:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    mine, theirs = sent_to(publication, "mine@a.example"), sent_to(alerts, "theirs@a.example")

    with closing(configured()) as transports:
        drain(transports)

    assert [item.address for item in configured_outbox().items()] == ["mine@a.example"]
    assert relay.recipients == ["theirs@a.example"]
    assert states(mine) == states(theirs) == {DeliveryState.ACCEPTED}
    how = set(Batch.objects.values_list("channel", "transport"))
    assert how == {(MAIN, "outbox"), ("alerts", "smtp")}


def test_a_notice_leaves_by_the_channel_of_its_publication(
    publication: Publication, alerts: Publication, relay: Relay
) -> None:
    for number, each in enumerate((publication, alerts)):
        address = f"r{number}@a.example"
        make_notice(make_subscription(publication=each, status="pending", address=address))

    assert notifying.send_due() == 2

    assert [message.to for message in mail.outbox] == [["r0@a.example"]]
    assert relay.recipients == ["r1@a.example"]


def test_batches_hold_what_their_transport_takes(
    publication: Publication, alerts: Publication
) -> None:
    sent_to(publication, *(f"m{n}@a.example" for n in range(4)))
    sent_to(alerts, *(f"a{n}@a.example" for n in range(4)))
    transports = ByChannel(main=FakeTransport(batch_size=1), alerts=FakeTransport(batch_size=4))

    drain(transports)

    assert (len(transports["main"].batches), len(transports["alerts"].batches)) == (4, 1)


def test_what_is_under_way_stays_with_the_channel_that_it_began_with(alerts: Publication) -> None:
    mailing = sent_to(alerts, "one@a.example")
    drain(ByChannel(alerts=FakeTransport(lambda copy: Outcome.UNKNOWN), main=FakeTransport()))
    Publication.objects.update(channel=MAIN)
    resend_unknown(mailing, by=None)
    transports = ByChannel(main=FakeTransport(), alerts=FakeTransport())

    drain(transports)

    assert transports["alerts"].addresses == ["one@a.example"]
    assert transports["main"].addresses == []


def test_a_mailing_whose_channel_is_gone_is_paused_and_leaves_by_no_other(
    alerts: Publication, settings: Settings
) -> None:
    mailing = sent_to(alerts, "one@a.example")
    there, settings.MAIL_CHANNELS = settings.MAIL_CHANNELS, {}
    transports = ByChannel(main=FakeTransport())
    # However often: no batch is taken for one that kills its workers.
    for _time in range(4):
        drain(transports)
        mailing.refresh_from_db()
        assert (mailing.state, mailing.trouble) == (MailingState.PAUSED, Trouble.NO_CHANNEL)
        scheduling.resume(mailing)
    assert transports["main"].addresses == []
    assert "“alerts” is not set up here any more" in trouble_in_words(
        Mailing(trouble=Trouble.NO_CHANNEL, trouble_about={"channel": "alerts"})
    )

    settings.MAIL_CHANNELS = there
    drain(transports := ByChannel(alerts=FakeTransport()))

    assert transports["alerts"].addresses == ["one@a.example"]
    assert states(mailing) == {DeliveryState.ACCEPTED}


def test_a_channel_that_is_gone_is_told_when_an_issue_is_scheduled(
    alerts: Publication, settings: Settings
) -> None:
    settings.MAIL_CHANNELS = {}

    with pytest.raises(MendTheIssue, match="“alerts” is not set up here"):
        sent_to(alerts, "one@a.example")


def test_a_notice_whose_channel_is_gone_waits_for_it(
    alerts: Publication, settings: Settings
) -> None:
    make_notice(make_subscription(publication=alerts, status="pending"))
    settings.MAIL_CHANNELS = {}

    assert notifying.send_due() == 0

    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, mail.outbox) == ("owed", 0, [])
    assert notice.due_at > timezone.now()
    assert (notice.reason, notice.trouble) == (NoticeReason.NO_CHANNEL, "alerts")


def test_a_channel_that_lacks_its_key_holds_up_no_notice_of_another(
    publication: Publication, alerts: Publication, settings: Settings
) -> None:
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "postmark")}
    for number, each in enumerate((alerts, publication)):
        address = f"r{number}@a.example"
        make_notice(make_subscription(publication=each, status="pending", address=address))

    assert notifying.send_due() == 1

    assert [message.to for message in mail.outbox] == [["r1@a.example"]]
    waiting = Notice.objects.get(state="owed")
    assert (waiting.reason, waiting.attempts) == (NoticeReason.UNREACHABLE, 0)


def test_a_channel_that_does_not_answer_holds_up_no_other(
    publication: Publication, alerts: Publication
) -> None:
    sent_to(alerts, "theirs@a.example")
    sent_to(publication, "mine@a.example")
    later = timezone.now() + timedelta(hours=1)
    Lane.objects.create(name="alerts", failures=1, closed_until=later)

    drain(transports := ByChannel(main=FakeTransport(), alerts=FakeTransport()))

    assert transports["main"].addresses == ["mine@a.example"]
    assert transports["alerts"].addresses == []
    Lane.objects.create(name=MAIN, closed_until=later)
    assert claim() is None


def test_what_a_day_allows_one_channel_says_nothing_of_another(
    publication: Publication, alerts: Publication
) -> None:
    Lane.objects.create(name="alerts", daily_cap=1)
    mine, theirs = (Mailing(issue=make_issue(p, ("Letter", []))) for p in (publication, alerts))

    assert (lifetime(mine), lifetime(theirs)) == (LIFETIME, LIFETIME_IN_PARTS)


@pytest.mark.parametrize(("transport", "number"), [("brevo", 1), ("resend", 0), ("smtp", 0)])
def test_only_the_esp_that_may_have_taken_a_mail_is_asked_for_it_again(
    alerts: Publication, settings: Settings, transport: str, number: int
) -> None:
    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", "brevo")}
    sent_to(alerts, "one@a.example")
    drain(ByChannel(alerts=FakeTransport(lambda copy: Outcome.UNKNOWN)))

    settings.MAIL_CHANNELS = {"alerts": Channel("alerts", transport)}

    assert repeatable().count() == number


def test_without_the_channel_there_is_no_transport() -> None:
    with closing(configured()) as transports, pytest.raises(NoSuchChannel, match="“gone”"):
        transports.of("gone")
